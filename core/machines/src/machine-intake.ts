import { newId } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import { digestValue } from "@bedplate/codec";
import { type Caps, newCall } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Policy } from "@bedplate/registry";
import type { OfferedArtifact } from "@bedplate/runs";
import { foreignSchema } from "@bedplate/schema";
import type { Lifetime, Machine } from "./machine.ts";
import type { SlotOffer } from "./machine-nodes.ts";
import { type MachineRequest, machinePriorityDefault } from "./machine-request.ts";
import type { MachineSnapshot } from "./machine-snapshot.ts";
import type { OnceKey } from "./machine-store.ts";
import type { MachinesModules } from "./machines-modules.ts";

/** A request that may become a machine. Dispose it when the record is stored. */
export interface PreparedMachine extends Disposable {
  readonly machine: Machine;
  /** Stores the artifact where the request brought its bytes. */
  keepArtifact(): Promise<void>;
}

/** Longest life that can be asked for: a year. */
export const ttlMsMax: number = 365 * 24 * 60 * 60 * 1_000;
/** Restarts in a row of a machine that is restarted and names no number. */
const restartsMaxDefault = 5;
const admitTimeoutMs = 60_000;
/** Most artifacts that are known to be admitted. */
const admittedMax = 1_000;

/** Decides whether a request may become a machine at all, before anything of it is stored. */
export class MachineIntake {
  readonly #modules: MachinesModules;
  readonly #admitted = new Set<string>();

  constructor(modules: MachinesModules) {
    this.#modules = modules;
  }

  /** The idempotency key of a request with the digest of what it asks. */
  onceOf(request: MachineRequest): OnceKey | undefined {
    const { idempotencyKey, artifact, ...rest } = request;
    if (idempotencyKey === undefined) return undefined;
    const text = JSON.stringify(rest, (_, value: unknown) => value ?? null);
    return { key: idempotencyKey, request: digestValue([text, artifact ?? null]) };
  }

  async prepare(
    request: MachineRequest,
    snapshot: MachineSnapshot | undefined,
  ): Promise<PreparedMachine> {
    const { artifacts } = this.#modules;
    const slot = request.slot ?? snapshot?.slot ?? this.#modules.standard.slot;
    const offer = this.#offerOf(slot);
    const image = request.artifact ?? snapshot?.artifact ?? this.#standardImage(slot);
    const isBrought = image instanceof Uint8Array;
    if (!isBrought && image !== snapshot?.artifact) {
      await artifacts.demandOwn(image, request.project);
    }
    const offered = isBrought ? artifacts.offer(image) : undefined;
    try {
      const artifact = offered?.digest ?? (image as Digest);
      const machine = await this.#decide(request, { slot, offer, artifact, snapshot });
      return { machine, ...ends(offered) };
    } catch (error) {
      offered?.[Symbol.dispose]();
      throw error;
    }
  }

  async #decide(
    request: MachineRequest,
    chosen: {
      readonly slot: string;
      readonly offer: SlotOffer;
      readonly artifact: Digest;
      readonly snapshot: MachineSnapshot | undefined;
    },
  ): Promise<Machine> {
    const { registry } = this.#modules;
    const { slot, offer, artifact, snapshot } = chosen;
    const policy = await registry.policies.get(slot);
    demandProject(policy, { slot, project: request.project });
    const config = foreignSchema(offer.instanceSchema).parse(
      request.config ?? snapshot?.config ?? {},
      { what: "the machine's config", op: "machines.create" },
    ) as Machine["config"];
    await this.#admit(slot, artifact);
    const caps = boundMemory({ ...snapshot?.caps, ...request.caps }, policy);
    const machine = this.#record(request, { slot, artifact, snapshot, config, caps });
    const { volumes: wishes = [], project } = request;
    if (wishes.length === 0) return machine;
    return { ...machine, ...(await this.#modules.volumes.resolve(wishes, { project, slot })) };
  }

  #record(
    request: MachineRequest,
    decided: Pick<Machine, "slot" | "artifact" | "config" | "caps"> & {
      readonly snapshot: MachineSnapshot | undefined;
    },
  ): Machine {
    const { clock, random } = this.#modules;
    const { snapshot, ...chosen } = decided;
    const now = clock.now();
    const { egress, nodeLabels, restart } = request;
    const start = request.start ?? snapshot?.start;
    return {
      // Part of host names: letters and digits only.
      id: newId("m", now, random).replace("_", ""),
      project: request.project,
      edition: 1,
      ...chosen,
      ...(snapshot && { source: { snapshot: snapshot.id, manifest: snapshot.manifest } }),
      env: { ...snapshot?.env, ...request.env },
      ...(egress && { egress }),
      ...(nodeLabels && { nodeLabels }),
      ...(start && { start }),
      labels: request.labels ?? {},
      annotations: { ...snapshot?.annotations, ...request.annotations },
      priority: request.priority ?? machinePriorityDefault,
      lifetime: lifetimeOf(request, now),
      restart: { when: restart?.when ?? "never", max: restart?.max ?? restartsMaxDefault },
      desired: "running",
      generation: 1,
      observed: { state: "pending", at: now, generation: 1 },
      epoch: 0,
      attempt: 0,
      restarts: 0,
      createdAt: now,
    };
  }

  /** Where the slot is mounted on this host, an image that cannot be one is refused at once. */
  async #admit(slot: string, artifact: Digest): Promise<void> {
    const { registry } = this.#modules;
    if (!registry.slots.list().some((each) => each.slot === slot)) return;
    using use = registry.slots.use(slot);
    const name = `${use.release.build} ${artifact}`;
    if (this.#admitted.has(name)) return;
    const call = newCall({ principal: "machines", timeoutMs: admitTimeoutMs, key: artifact });
    const admission = await use.environment.admit(artifact, call);
    if (!admission.isAdmitted) throw notAdmitted(admission.reason);
    if (this.#admitted.size >= admittedMax) this.#admitted.clear();
    this.#admitted.add(name);
  }

  #offerOf(slot: string): SlotOffer {
    const offer = this.#modules.nodes.offer(slot);
    if (offer === undefined) throw missingSlot(slot);
    if (offer.declares.exec === undefined) throw noMachines(slot);
    return offer;
  }

  #standardImage(slot: string): Uint8Array {
    const image = this.#modules.standard.image(slot);
    if (image !== undefined) return image;
    throw invalid("/artifact", "is missing, and the slot has no standard image");
  }
}

/** When a machine ends that may live so long from now on. */
export function expiryOf(ttlMs: number, now: number): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 1 && ttlMs <= ttlMsMax) return now + ttlMs;
  throw invalid("/ttlMs", `must be a whole number from 1 to ${ttlMsMax}`);
}

function lifetimeOf(request: MachineRequest, now: number): Lifetime {
  const { ttlMs, onExpiry = "delete", resumesOnTraffic = false } = request;
  const expiry = ttlMs === undefined ? {} : { ttlMs, expiresAt: expiryOf(ttlMs, now) };
  return { ...expiry, onExpiry, resumesOnTraffic };
}

function boundMemory(caps: Caps, policy: Policy): Caps {
  const { memoryBytes } = caps;
  const limit = policy.ceiling.memoryBytes;
  if (memoryBytes === undefined || limit === undefined || memoryBytes <= limit) return caps;
  if (policy.onExcess === "clamp") return { ...caps, memoryBytes: limit };
  throw raise("quota.exceeded", {
    op: "machines.create",
    retry: "never",
    detail: { meter: "memoryBytes", limit, asked: memoryBytes },
    message: `Cannot grant /caps/memoryBytes: the policy's ceiling is ${limit}`,
  });
}

function demandProject(
  policy: Policy,
  { slot, project }: { readonly slot: string; readonly project: string },
): void {
  if (policy.projects.length === 0 || policy.projects.includes(project)) return;
  throw raise("permission.denied", {
    op: "machines.create",
    subject: `slot/${slot}`,
    detail: { permission: `slot:${slot}` },
    message: `Cannot use slot/${slot}: its policy does not list the project ${project}`,
  });
}

function ends(
  offered: OfferedArtifact | undefined,
): Pick<PreparedMachine, "keepArtifact"> & Disposable {
  return {
    keepArtifact: async () => offered?.keep(),
    [Symbol.dispose]: () => offered?.[Symbol.dispose](),
  };
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "machines.create",
    detail: { path, rule },
    message: `Cannot create the machine: ${path} ${rule}`,
  });
}

function notAdmitted(reason: string): Error {
  return raise("argument.invalid", {
    op: "machines.create",
    detail: { path: "/artifact", rule: reason },
    message: `Cannot create the machine: its image is refused: ${reason}`,
  });
}

function missingSlot(slot: string): Error {
  return raise("resource.missing", {
    op: "machines.create",
    subject: `slot/${slot}`,
    detail: { type: "slot", id: slot },
    message: `Cannot create a machine on slot/${slot}: no node has it`,
  });
}

function noMachines(slot: string): Error {
  return raise("capability.undeclared", {
    op: "machines.create",
    subject: `slot/${slot}`,
    detail: { facet: "exec" },
    message: `Cannot create a machine on slot/${slot}: its environment does not declare exec`,
  });
}
