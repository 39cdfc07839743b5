import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { type Binding, type Registry, type ReleaseRecord, releaseId } from "@bedplate/registry";
import {
  type BindingView,
  bindSlot,
  decodeArtifact,
  type EnvironmentView,
  getArtifact,
  getEnvironment,
  getPolicy,
  listEnvironments,
  listJournal,
  listReleases,
  putArtifact,
  putPolicy,
  type ReleaseView,
  registerRelease,
  retireRelease,
  swapSlot,
  unbindSlot,
} from "@bedplate/routes";
import type { Artifacts } from "@bedplate/runs";
import type { MissingSlot } from "../environments/catalog.ts";
import { decoderOf } from "../environments/decoders.ts";
import { listCode } from "../list-code.ts";
import type { Plugins } from "../plugins/plugins.ts";
import { type Endpoint, endpoint } from "./exchange.ts";

/** What the platform endpoints are built from. */
export interface PlatformEndpointModules {
  readonly registry: Registry;
  readonly plugins: Plugins;
  readonly artifacts: Artifacts;
  readonly missing: readonly MissingSlot[];
}

const drainMsDefault = 60_000;

/** Artifacts, environments, releases, slots, events. */
export function platformEndpoints(modules: PlatformEndpointModules): readonly Endpoint[] {
  return [
    ...artifactEndpoints(modules),
    ...environmentEndpoints(modules),
    ...releaseEndpoints(modules),
    ...slotEndpoints(modules),
  ];
}

function artifactEndpoints({ artifacts }: PlatformEndpointModules): readonly Endpoint[] {
  return [
    endpoint(putArtifact, async ({ principal, body }) => ({
      digest: await artifacts.put(body, principal.project),
      bytes: body.length,
    })),
    endpoint(getArtifact, async ({ principal, params, signal }) => {
      const digest = params["digest"] as Digest;
      await artifacts.demandOwn(digest, principal.project);
      return artifacts.read(digest, { signal });
    }),
  ];
}

function environmentEndpoints(modules: PlatformEndpointModules): readonly Endpoint[] {
  const { registry, missing } = modules;
  return [
    endpoint(listEnvironments, async () => ({
      environments: registry.slots.list().map(({ slot }) => viewEnvironment(registry, slot)),
      missing,
    })),
    endpoint(getEnvironment, async ({ params }) => viewEnvironment(registry, params["slot"] ?? "")),
    endpoint(decodeArtifact, async ({ params, body }) => {
      const slot = params["slot"] ?? "";
      const decoder = await decoderOf(registry.slots.current(slot).release.name);
      if (decoder === undefined) throw noDecoder(slot);
      return listCode(decoder, body);
    }),
    endpoint(listJournal, ({ query }) => registry.journal.list(query)),
  ];
}

function releaseEndpoints(modules: PlatformEndpointModules): readonly Endpoint[] {
  const { plugins, registry } = modules;
  return [
    endpoint(listReleases, async () => ({
      releases: (await registry.releases.list()).map(viewRelease),
    })),
    endpoint(registerRelease, async ({ principal, body }) =>
      viewRelease(await plugins.register(body, { actor: `key/${principal.keyId}` })),
    ),
    endpoint(retireRelease, async ({ principal, params, body }) => {
      const { name = "", version = "" } = params;
      const { drainMs = drainMsDefault, orphans = "refuse" } = body;
      const actor = `key/${principal.keyId}`;
      await registry.retire({ name, version }, { actor, drainMs, orphans });
      return {};
    }),
  ];
}

function slotEndpoints({ registry }: PlatformEndpointModules): readonly Endpoint[] {
  return [
    endpoint(bindSlot, async ({ principal, params, body }) => {
      const actor = `key/${principal.keyId}`;
      return viewBinding(await registry.slots.bind(params["slot"] ?? "", body, { actor }));
    }),
    endpoint(swapSlot, async ({ principal, params, body }) => {
      const { name, version, drainMs = drainMsDefault } = body;
      const options = { actor: `key/${principal.keyId}`, drainMs };
      return viewBinding(
        await registry.slots.swap(params["slot"] ?? "", { name, version }, options),
      );
    }),
    endpoint(unbindSlot, async ({ principal, params, query }) => {
      const { drainMs = drainMsDefault } = query;
      const actor = `key/${principal.keyId}`;
      await registry.slots.unbind(params["slot"] ?? "", { actor, drainMs });
      return {};
    }),
    endpoint(getPolicy, ({ params }) => registry.policies.get(params["slot"] ?? "")),
    endpoint(putPolicy, async ({ principal, params, body }) => {
      const slot = params["slot"] ?? "";
      await registry.policies.set(slot, { policy: body, actor: `key/${principal.keyId}` });
      return registry.policies.get(slot);
    }),
  ];
}

function viewBinding({ slot, generation, release }: Binding): BindingView {
  return { slot, generation, release: releaseId(release) };
}

function viewRelease(record: ReleaseRecord): ReleaseView {
  const { name, version, build, phase, grants, registeredAt, plugin } = record;
  const files = plugin?.origin.files;
  const view = { name, version, build, phase, grants, registeredAt };
  return files === undefined ? view : { ...view, files };
}

function viewEnvironment(registry: Registry, slot: string): EnvironmentView {
  const { environment, release, uses } = registry.slots.current(slot);
  const { manifest } = environment;
  return {
    slot,
    release: releaseId(release),
    build: release.build,
    isHealthy: true,
    uses,
    facets: Object.keys(manifest.declares),
    manifest: JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>,
  };
}

function noDecoder(slot: string): Error {
  return raise("capability.undeclared", {
    op: "environments.decode",
    subject: `slot/${slot}`,
    detail: { facet: "decode" },
    message: `Cannot decode for slot/${slot}: its environment has no machine code that we read`,
  });
}
