import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type {
  Machine,
  MachineRequest,
  MachineService,
  MachineSnapshot,
  MachineVolume,
} from "@bedplate/machines";
import {
  type CreateMachineBody,
  captureMachine,
  createMachine,
  deleteMachine,
  deleteMachineSnapshot,
  forkMachine,
  getMachine,
  getMachineMetrics,
  getMachineSnapshot,
  listMachineSnapshots,
  listMachines,
  type MachineEventView,
  type MachineSnapshotView,
  type MachineView,
  type MachineVolumeView,
  pauseMachine,
  resizeMachine,
  resumeMachine,
  setEgress,
  setLifetime,
  stopMachine,
  tellMachineEvents,
} from "@bedplate/routes";
import type { TemplateService } from "@bedplate/templates";
import { bytesOf, given } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";
import { parseLabels } from "./parse-labels.ts";

/** Everything under `/v1/machines` but what happens inside of them. */
export function machineEndpoints(
  machines: MachineService,
  templates: TemplateService,
): readonly Endpoint[] {
  return [
    ...lifeEndpoints(machines, templates),
    ...changeEndpoints(machines),
    ...historyEndpoints(machines),
  ];
}

function lifeEndpoints(machines: MachineService, templates: TemplateService): readonly Endpoint[] {
  const settled = (
    machine: Machine,
    exchange: Exchange<{ readonly waitMs?: number | undefined }>,
  ) => waited(machines, { machine, exchange });
  return [
    endpoint(createMachine, async (exchange) =>
      settled(await machines.create(await withRoot(templates, exchange)), exchange),
    ),
    endpoint(listMachines, async ({ principal, query }) => {
      const { states, labels, ...rest } = query;
      const page = await machines.list({
        ...rest,
        states: states?.split(","),
        labels: parseLabels(labels, "machines.list"),
        project: principal.project,
      });
      return { machines: page.machines.map(viewMachine), ...given("next", page.next) };
    }),
    endpoint(getMachine, async (exchange) =>
      settled(await machines.get(...refOf(exchange)), exchange),
    ),
    endpoint(deleteMachine, async (exchange) =>
      settled(await machines.delete(...refOf(exchange)), exchange),
    ),
    endpoint(pauseMachine, async (exchange) =>
      settled(await machines.pause(...refOf(exchange)), exchange),
    ),
    endpoint(resumeMachine, async (exchange) =>
      settled(await machines.resume(...refOf(exchange), exchange.body), exchange),
    ),
    endpoint(stopMachine, async (exchange) =>
      settled(await machines.stop(...refOf(exchange)), exchange),
    ),
  ];
}

function changeEndpoints(machines: MachineService): readonly Endpoint[] {
  return [
    endpoint(setLifetime, async (exchange) => {
      const [project, id] = refOf(exchange);
      return viewMachine(await machines.setLifetime({ project, id, ...exchange.body }));
    }),
    endpoint(setEgress, async (exchange) => {
      const [project, id] = refOf(exchange);
      return viewMachine(await machines.setEgress({ project, id }, exchange.body));
    }),
    endpoint(resizeMachine, async (exchange) => {
      const [project, id] = refOf(exchange);
      return viewMachine(await machines.resize({ project, id }, exchange.body));
    }),
    endpoint(captureMachine, async (exchange) => {
      const [project, id] = refOf(exchange);
      return viewSnapshot(await machines.capture({ project, id, ...exchange.body }));
    }),
    endpoint(forkMachine, async (exchange) => {
      const [project, id] = refOf(exchange);
      const { count, ...change } = exchange.body;
      const forks = await machines.fork({ project, id, count, change: plain(change) });
      return { machines: forks.map(viewMachine) };
    }),
  ];
}

function historyEndpoints(machines: MachineService): readonly Endpoint[] {
  const { snapshots } = machines;
  return [
    endpoint(listMachineSnapshots, async ({ principal, query }) => {
      const page = await snapshots.list({ ...query, project: principal.project });
      return { snapshots: page.snapshots.map(viewSnapshot), ...given("next", page.next) };
    }),
    endpoint(getMachineSnapshot, async (exchange) =>
      viewSnapshot(await snapshots.get(...refOf(exchange))),
    ),
    endpoint(deleteMachineSnapshot, async (exchange) => {
      await snapshots.delete(...refOf(exchange));
      return {};
    }),
    endpoint(tellMachineEvents, (exchange) => viewEvents(machines, exchange)),
    endpoint(getMachineMetrics, async (exchange) => {
      const [project, id] = refOf(exchange);
      return { samples: await machines.metrics({ project, id }, exchange.query) };
    }),
  ];
}

/** Whose machine a request is about, and which. */
export function refOf({
  principal,
  params,
}: Pick<Exchange, "principal" | "params">): readonly [project: string, id: string] {
  return [principal.project, params["id"] ?? ""];
}

async function waited(
  machines: MachineService,
  options: {
    readonly machine: Machine;
    readonly exchange: Exchange<{ readonly waitMs?: number | undefined }>;
  },
): Promise<MachineView> {
  const { machine, exchange } = options;
  const { waitMs } = exchange.query;
  if (waitMs === undefined) return viewMachine(machine);
  const signal = AbortSignal.any([exchange.signal, AbortSignal.timeout(waitMs)]);
  return viewMachine(await machines.wait(machine, { signal }));
}

async function* viewEvents(
  machines: MachineService,
  exchange: Exchange<{
    readonly after?: string | undefined;
    readonly follow?: boolean | undefined;
  }>,
): AsyncGenerator<MachineEventView, void, void> {
  const [project, id] = refOf(exchange);
  const { query, signal } = exchange;
  const { after, follow: isFollowed = false } = query;
  await machines.get(project, id);
  for await (const event of machines.events({ project, machine: id, after, isFollowed, signal })) {
    const { project: _project, ...view } = event;
    yield view;
  }
}

/** A root reference stands for an artifact, and for the caps and the start that a template gives its machines. */
async function withRoot(
  templates: TemplateService,
  exchange: Exchange<unknown, CreateMachineBody>,
): Promise<MachineRequest> {
  const { body, principal, signal } = exchange;
  const request = toRequest(exchange);
  if (body.root === undefined) return request;
  if (request.artifact !== undefined || request.snapshot !== undefined) throw twoSources();
  const resolved = await templates.resolve(principal.project, body.root, { signal });
  const { root, template, start } = resolved;
  const caps = { ...template?.caps, ...request.caps };
  return { ...request, artifact: root, caps, start: request.start ?? start };
}

function toRequest(exchange: Exchange<unknown, CreateMachineBody>): MachineRequest {
  const { body, principal, idempotencyKey } = exchange;
  const { artifact, root: _, ...rest } = body;
  if (artifact !== undefined && rest.snapshot !== undefined) throw twoSources();
  return {
    ...rest,
    project: principal.project,
    ...(artifact !== undefined && {
      artifact: "digest" in artifact ? (artifact.digest as Digest) : bytesOf(artifact),
    }),
    idempotencyKey,
  };
}

function viewMachine(machine: Machine): MachineView {
  const { observed, lifetime, source } = machine;
  return {
    id: machine.id,
    project: machine.project,
    slot: machine.slot,
    artifact: machine.artifact,
    ...given("snapshot", source?.snapshot),
    config: machine.config,
    caps: machine.caps,
    env: Object.keys(machine.env),
    ...given("egress", machine.egress),
    ...given("start", machine.start),
    ...given("volumes", machine.volumes?.map(viewMount)),
    labels: machine.labels,
    priority: machine.priority,
    desired: machine.desired,
    state: observed.state,
    since: observed.at,
    ...given("fault", observed.fault),
    restarts: machine.restarts,
    ...given("node", machine.node),
    ...given("nodeLabels", machine.nodeLabels),
    ...given("waitsBecause", machine.node === undefined ? machine.waitsBecause : undefined),
    ...given("expiresAt", lifetime.expiresAt),
    onExpiry: lifetime.onExpiry,
    resumesOnTraffic: lifetime.resumesOnTraffic,
    createdAt: machine.createdAt,
    ...given("startedAt", machine.startedAt),
  };
}

function viewMount({ name, path, isReadOnly }: MachineVolume): MachineVolumeView {
  return { name, path, isReadOnly };
}

function viewSnapshot(snapshot: MachineSnapshot): MachineSnapshotView {
  const { id, machine, name, slot, manifest, bytes, createdAt } = snapshot;
  // A layer is kept as an artifact of its own, not as a snapshot.
  const scope = manifest.scope === "machine" ? "machine" : "files";
  return { id, machine, ...given("name", name), slot, scope, bytes, createdAt };
}

/** Without members that are undefined: those are not changes. */
function plain<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined),
  ) as Partial<T>;
}

function twoSources(): Error {
  return raise("argument.invalid", {
    op: "machines.create",
    detail: { path: "/snapshot", rule: "excludes /artifact" },
    message: "Cannot create the machine: /snapshot excludes /artifact",
  });
}
