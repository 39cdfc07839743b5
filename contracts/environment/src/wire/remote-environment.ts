import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { Call, KeyedCall } from "../call.ts";
import type { Admission, EnvironmentDriver, Fingerprint } from "../environment-driver.ts";
import type { Exit } from "../exit.ts";
import { type Declares, type FacetName, type FacetsOf, facetNames } from "../facets/facet-spec.ts";
import type {
  InstanceDriver,
  InstanceHandle,
  InstanceSpec,
  InstanceStatus,
  Recovery,
  StopOptions,
} from "../instance-driver.ts";
import type { Manifest } from "../manifest.ts";
import { ask, askMany } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { InstanceRef } from "./environment-messages.ts";
import type { RemoteFacetContext } from "./remote-facet-context.ts";
import { remoteFacet } from "./remote-facets.ts";
import type { Lent } from "./serve-host.ts";

/** An environment at the other end of a channel, with the facets that its manifest declares. */
export class RemoteEnvironment<D extends Declares> implements EnvironmentDriver<D> {
  readonly check?: EnvironmentDriver<D>["check"];
  readonly assess?: EnvironmentDriver<D>["assess"];
  readonly volumes?: EnvironmentDriver<D>["volumes"];
  readonly #channel: Channel;
  readonly #manifest: Manifest<D>;
  readonly #lent: Lent;

  constructor(channel: Channel, manifest: Manifest<D>, lent: Lent) {
    this.#channel = channel;
    this.#manifest = manifest;
    this.#lent = lent;
    if (manifest.declares.invoke?.checks === true) this.check = remoteCheck(channel, lent);
    if (manifest.declares.exec?.volumes === true) this.volumes = remoteVolumes(channel);
    if (manifest.declares.snapshot !== undefined) {
      this.assess = async (snapshot, call) =>
        (await ask(channel, { operation: "Assess", message: { snapshot } }, { call })).unmet;
    }
  }

  fingerprint(call: Call): AsyncIterable<Fingerprint> {
    return askMany(this.#channel, { operation: "Fingerprint", message: {} }, { call });
  }

  admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    return ask(this.#channel, { operation: "Admit", message: { artifact } }, { call });
  }

  async create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver<D>> {
    const message = { spec };
    const ref = await ask(this.#channel, { operation: "Create", message }, { call });
    return this.#instance(ref);
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovery<D>> {
    const message = { handle };
    const answer = await ask(this.#channel, { operation: "Recover", message }, { call });
    const { found, alive, status } = answer;
    if (found === "absent" || found === "foreign") return { found };
    if (found === "alive" && alive !== undefined) return { found, instance: this.#instance(alive) };
    if (found === "ended" && status !== undefined) return { found, status };
    throw broken(`says ${found} and not what it found`);
  }

  inventory(call: Call): AsyncIterable<InstanceHandle> {
    return askMany(this.#channel, { operation: "Inventory", message: {} }, { call });
  }

  async close(call: Call): Promise<void> {
    await ask(this.#channel, { operation: "Close", message: {} }, { call });
  }

  #instance(ref: InstanceRef): InstanceDriver<D> {
    const { declares } = this.#manifest;
    const has = ref.facets ?? facetNames.filter((each) => declares[each] !== undefined);
    for (const name of facetNames) {
      if (has.includes(name) === (declares[name] !== undefined)) continue;
      throw broken(
        has.includes(name) ? `has the undeclared ${name}` : `lacks the declared ${name}`,
      );
    }
    return new RemoteInstance<D>(ref, {
      channel: this.#channel,
      lent: this.#lent,
      instance: ref.instance,
      declares,
    });
  }
}

class RemoteInstance<D extends Declares> implements InstanceDriver<D> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<D>;
  readonly #channel: Channel;
  readonly #instance: string;

  constructor(ref: InstanceRef, context: RemoteFacetContext & { readonly declares: Declares }) {
    this.handle = ref.handle;
    this.#channel = context.channel;
    this.#instance = ref.instance;
    const facets: Partial<Record<FacetName, object>> = {};
    for (const name of facetNames) {
      if (context.declares[name] !== undefined) facets[name] = remoteFacet(name, context);
    }
    this.facets = facets as FacetsOf<D>;
  }

  async start(call: KeyedCall): Promise<void> {
    await ask(this.#channel, { operation: "Start", message: this.#message() }, { call });
  }

  status(call: Call): Promise<InstanceStatus> {
    return ask(this.#channel, { operation: "Status", message: this.#message() }, { call });
  }

  stop(how: StopOptions, call: KeyedCall): Promise<Exit> {
    const message = { ...this.#message(), how };
    return ask(this.#channel, { operation: "Stop", message }, { call });
  }

  async release(call: KeyedCall): Promise<void> {
    await ask(this.#channel, { operation: "Release", message: this.#message() }, { call });
  }

  #message(): { readonly instance: string } {
    return { instance: this.#instance };
  }
}

function remoteCheck(channel: Channel, lent: Lent): NonNullable<EnvironmentDriver["check"]> {
  return async (artifact, invocation, call) => {
    const { reads, call: _, onEvent: __, ...plain } = invocation;
    const run = lent.runs.lend(invocation);
    const message = { artifact, run, invocation: plain, hasReads: reads !== undefined };
    try {
      return await ask(channel, { operation: "Check", message }, { call });
    } finally {
      lent.runs.end(run);
    }
  };
}

function remoteVolumes(channel: Channel): NonNullable<EnvironmentDriver["volumes"]> {
  return {
    async *list(call) {
      const asked = { operation: "ListVolumes", message: {} } as const;
      for await (const { volume } of askMany(channel, asked, { call })) yield volume;
    },
    async erase(volume, call) {
      await ask(channel, { operation: "EraseVolume", message: { volume } }, { call });
    },
  };
}

function broken(what: string): Error {
  return raise("internal.bug", {
    op: "wire.receive",
    blame: "plugin",
    detail: { where: "instance" },
    message: `Cannot use the instance: the plug-in's answer ${what}`,
  });
}
