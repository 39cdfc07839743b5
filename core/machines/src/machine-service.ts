import { newId, untilAborted } from "@bedplate/clock";
import {
  type Caps,
  type EgressPolicy,
  type KeyedCall,
  newCall,
  type ResourceUse,
  type SnapshotScope,
} from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import { isSettled, type Machine } from "./machine.ts";
import type { AccessCall, HeldMachine, MachineAccess } from "./machine-access.ts";
import type { MachineEvent } from "./machine-event.ts";
import { type EventFilter, tellEvents } from "./machine-events.ts";
import { badCount, illegal, overdue, undeclaredPause } from "./machine-faults.ts";
import { expiryOf, MachineIntake } from "./machine-intake.ts";
import { type LifetimeChange, lifetimeWith } from "./machine-lifetime.ts";
import type { MachineFilter, MachinePage, MachineRequest } from "./machine-request.ts";
import type { MachineSnapshot } from "./machine-snapshot.ts";
import { MachineSnapshots } from "./machine-snapshots.ts";
import { type EventDraft, isLostRace, type MachineStore, type OnceKey } from "./machine-store.ts";
import type { MachineRef } from "./machine-tables.ts";
import { waitForMachine } from "./machine-waits.ts";
import { type Wish, wish } from "./machine-wish.ts";
import type { MachinesModules } from "./machines-modules.ts";
import { placed, settledWithoutNode } from "./placed.ts";

/** What a capture takes, and how it is called. */
export interface CaptureOptions extends MachineRef {
  /** Default: all that the environment can capture. */
  readonly scope?: SnapshotScope | undefined;
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How one waits for access to a machine. */
export interface ReachOptions extends MachineRef {
  readonly signal: AbortSignal;
  /** Longest wait for a machine that is on its way. Default: 60 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Resumes a machine that is paused or stopped, whatever its lifetime says. Default: false. */
  readonly isWoken?: boolean | undefined;
  /** Answers for a paused machine as well: its ports and policy can be changed. Default: false. */
  readonly isPausedFine?: boolean | undefined;
}

const reachMsDefault = 60_000;
const captureMs = 600_000;
const operationMs = 60_000;
/** Most machines of one fork. */
export const forkCountMax = 32;

/** Long-lived machines: what is wanted of them, and the way to those that run. */
export class MachineService {
  readonly snapshots: MachineSnapshots;
  readonly #modules: MachinesModules;
  readonly #intake: MachineIntake;

  constructor(modules: MachinesModules) {
    this.#modules = modules;
    this.#intake = new MachineIntake(modules);
    this.snapshots = new MachineSnapshots(modules);
  }

  /** Writes down a new machine and answers at once; its node makes it. */
  async create(request: MachineRequest): Promise<Machine> {
    const once = this.#intake.onceOf(request);
    if (once !== undefined) {
      const earlier = await this.#store.findOnce(request.project, once);
      if (earlier !== null) return earlier;
    }
    const { project, snapshot: id } = request;
    const snapshot = id === undefined ? undefined : await this.snapshots.get(project, id);
    using prepared = await this.#intake.prepare(request, snapshot);
    await prepared.keepArtifact();
    return this.#add(prepared.machine, once);
  }

  /** A machine; one that was deleted lately too. */
  get(project: string, id: string): Promise<Machine> {
    return this.#store.get({ project, id });
  }

  /** Those that are not deleted. */
  list(filter: MachineFilter): Promise<MachinePage<Machine>> {
    return this.#store.list(filter);
  }

  /** The machine when `isDone` says so (default: it is as wanted, or failed), or as it is when the signal aborts. */
  wait(
    ref: MachineRef,
    options: {
      readonly signal: AbortSignal;
      readonly isDone?: ((machine: Machine) => boolean) | undefined;
    },
  ): Promise<Machine> {
    const { clock } = this.#modules;
    const { signal, isDone = isSettled } = options;
    return waitForMachine({ ...ref, store: this.#store, clock, signal, isDone });
  }

  /** Has it stand still with all that runs in it, where its environment can do that. */
  async pause(project: string, id: string): Promise<Machine> {
    const { slot } = await this.#store.get({ project, id });
    const offer = this.#modules.nodes.offer(slot);
    if (offer !== undefined && offer.declares.pause === undefined) throw undeclaredPause(slot);
    return this.#wish({ project, id }, { desired: "paused" });
  }

  /** Has it running again: a paused one goes on, a stopped or failed one starts from its disk. */
  resume(
    project: string,
    id: string,
    options: { readonly ttlMs?: number | undefined } = {},
  ): Promise<Machine> {
    const { ttlMs } = options;
    if (ttlMs !== undefined) expiryOf(ttlMs, 0);
    return this.#wish({ project, id }, { desired: "running", ttlMs });
  }

  /** Ends what runs in it and keeps its disk, where the environment can capture that. */
  stop(project: string, id: string): Promise<Machine> {
    return this.#wish({ project, id }, { desired: "stopped" });
  }

  /** Ends it with all that is in it; snapshots of it stay. */
  delete(project: string, id: string): Promise<Machine> {
    return this.#wish({ project, id }, { desired: "deleted" });
  }

  /** Changes how long it lives from now on. */
  setLifetime(change: LifetimeChange): Promise<Machine> {
    const now = this.#modules.clock.now();
    if (typeof change.ttlMs === "number") expiryOf(change.ttlMs, now);
    return this.#store.change(change, (machine) => {
      const lifetime = lifetimeWith(machine.lifetime, change, now);
      return { machine: { ...machine, lifetime }, events: [{ kind: "lifetime-changed" }] };
    });
  }

  /** Replaces labels, annotations, or both. */
  relabel(
    ref: MachineRef,
    change: Partial<Pick<Machine, "labels" | "annotations">>,
  ): Promise<Machine> {
    const { labels, annotations } = change;
    return this.#store.change(ref, (machine) => ({
      machine: {
        ...machine,
        labels: labels ?? machine.labels,
        annotations: annotations ?? machine.annotations,
      },
    }));
  }

  /** Replaces what it may reach; when it answers, a running machine is held to it. */
  async setEgress(ref: MachineRef, policy: EgressPolicy): Promise<Machine> {
    const before = await this.#store.get(ref);
    const held = await this.#heldNow(before);
    // What the environment refuses is not written down.
    await held?.facet("egress").set(policy, this.#call({ timeoutMs: operationMs }));
    return this.#store.change(ref, (machine) => ({
      machine: { ...machine, egress: policy },
      events: [{ kind: "egress-changed", detail: { rules: policy.rules.length } }],
    }));
  }

  /** Changes bounds of a running machine. */
  async resize(ref: MachineRef, caps: Caps): Promise<Machine> {
    const access = await this.reach({ ...ref, signal: AbortSignal.timeout(operationMs) });
    const holds = await access
      .facet("resize")
      .resize(caps, access.call({ timeoutMs: operationMs }));
    return this.#store.change(ref, (machine) => ({
      machine: { ...machine, caps: { ...machine.caps, ...caps } },
      events: [{ kind: "resized", detail: numbersOf(holds) }],
    }));
  }

  /** Captures a running or paused machine. */
  async capture(options: CaptureOptions): Promise<MachineSnapshot> {
    const { name, signal = AbortSignal.timeout(captureMs) } = options;
    const machine = await this.#store.get(options);
    const held = await this.#heldNow(machine);
    if (held === undefined) throw illegal(machine, "capture");
    const scopes = held.declares.snapshot?.scopes ?? [];
    const scope = options.scope ?? (scopes.includes("machine") ? "machine" : "files");
    const call = this.#call({ timeoutMs: captureMs, signal });
    const snapshot = await this.snapshots.capture(machine, { held, scope, name, call });
    const detail = { snapshot: snapshot.id, bytes: snapshot.bytes };
    await this.#store.change(options, (each) => ({
      machine: each,
      events: [{ kind: "captured", detail }],
    }));
    return snapshot;
  }

  /** Makes machines that begin as this one is now. */
  async fork(
    options: MachineRef & {
      readonly count?: number | undefined;
      readonly change?: Partial<MachineRequest> | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<readonly Machine[]> {
    const { project, count = 1, change } = options;
    if (!Number.isSafeInteger(count) || count < 1 || count > forkCountMax)
      throw badCount(forkCountMax);
    const source = await this.#store.get(options);
    const { id } = await this.capture(options);
    const { egress, labels, lifetime, priority } = source;
    const { ttlMs, onExpiry, resumesOnTraffic } = lifetime;
    const request = {
      ...{ egress, labels, ttlMs, onExpiry, resumesOnTraffic, priority, restart: source.restart },
      ...change,
      project,
      snapshot: id,
    };
    const forks: Machine[] = [];
    try {
      while (forks.length < count) forks.push(await this.create(request));
      return forks;
    } catch (error) {
      // All of them, or none: what is refused leaves nothing behind.
      await Promise.allSettled(forks.map((each) => this.delete(project, each.id)));
      throw error;
    } finally {
      // The forks hold the manifest themselves; nobody asked for a snapshot.
      await this.snapshots.delete(project, id);
    }
  }

  /** What happened to machines, in order. */
  events(filter: EventFilter): AsyncGenerator<MachineEvent, void, void> {
    return tellEvents(this.#modules, filter);
  }

  /** What a machine used, oldest first, as far as its node remembers. */
  async metrics(
    ref: MachineRef,
    range: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
  ): Promise<readonly ResourceUse[]> {
    const { from = 0, to = Number.POSITIVE_INFINITY } = range;
    const held = await this.#heldNow(await this.#store.get(ref));
    const samples = (await held?.samples()) ?? [];
    return samples.filter(({ at }) => at >= from && at <= to);
  }

  /**
   * The facets of a running machine, wherever it is. Waits for one that is on its way; resumes one
   * that resumes on traffic; any other that does not run is `phase.illegal`.
   */
  async reach(options: ReachOptions): Promise<MachineAccess> {
    const { timeoutMs = reachMsDefault, signal, isPausedFine = false } = options;
    const machine = await this.#store.get(options);
    const ready = isReady(machine, isPausedFine) ? machine : await this.#ready(machine, options);
    const held = await untilAborted(this.#modules.nodes.find(ready, { signal }), signal);
    if (held !== undefined) return this.#access(ready, held);
    // It was seen, and its node does not have it at this moment: a restart, or the end of it.
    const again = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    return this.#reachAgain(options, again);
  }

  /** A machine that runs, wherever it is: waits for one that is on its way, wakes one that traffic wakes. */
  async awake(options: ReachOptions): Promise<Machine> {
    const machine = await this.#store.get(options);
    return isReady(machine) ? machine : this.#ready(machine, options);
  }

  get #store(): MachineStore {
    return this.#modules.store;
  }

  async #reachAgain(options: ReachOptions, signal: AbortSignal): Promise<MachineAccess> {
    const { clock, nodes } = this.#modules;
    for (;;) {
      await clock.sleep(reachPollMs, { signal: options.signal }).catch(() => {});
      options.signal.throwIfAborted();
      const machine = await this.#store.get(options);
      if (signal.aborted) throw illegal(machine, "reach");
      const ready = isReady(machine, options.isPausedFine)
        ? machine
        : await this.#ready(machine, options);
      const held = await nodes.find(ready, { signal: options.signal });
      if (held !== undefined) return this.#access(ready, held);
    }
  }

  /** Waits until a machine that is on its way, or was woken, can be used. */
  async #ready(machine: Machine, options: ReachOptions): Promise<Machine> {
    const { timeoutMs = reachMsDefault, isWoken = false, isPausedFine = false, signal } = options;
    const isAsleep = machine.desired === "paused" || machine.desired === "stopped";
    if (isAsleep) {
      if (!isWoken && !machine.lifetime.resumesOnTraffic) throw illegal(machine, "reach");
      await this.resume(machine.project, machine.id);
    }
    const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const isDone = (each: Machine) => isReady(each, isPausedFine) || isBeyondReach(each);
    const found = await this.wait(machine, { signal: until, isDone });
    signal.throwIfAborted();
    if (isReady(found, isPausedFine)) return found;
    throw isBeyondReach(found) ? illegal(found, "reach") : overdue(found, timeoutMs);
  }

  #access(machine: Machine, held: HeldMachine): MachineAccess {
    return {
      machine,
      declares: held.declares,
      facet: (name) => held.facet(name),
      status: (call) => held.status(call),
      call: (options) => this.#call(options),
    };
  }

  #call({ timeoutMs, key, signal }: AccessCall): KeyedCall {
    const { clock, random } = this.#modules;
    return newCall({
      principal: "machines",
      timeoutMs,
      key: key ?? newId("call", clock.now(), random),
      signal,
      now: () => clock.now(),
    });
  }

  /** The machine where its node holds it, running or paused. */
  async #heldNow(machine: Machine): Promise<HeldMachine | undefined> {
    if (!isReady(machine, true)) return undefined;
    return this.#modules.nodes.find(machine, { signal: AbortSignal.timeout(operationMs) });
  }

  async #add(prepared: Machine, once: OnceKey | undefined): Promise<Machine> {
    const { nodes, quotaOf, artifacts } = this.#modules;
    const { project } = prepared;
    const { machinesMax } = await quotaOf(project);
    await artifacts.claims.add({ project, artifact: prepared.artifact });
    const placing = nodes.place(prepared);
    const { node, fence } = placing ?? {};
    const machine = placed(prepared, node);
    const events: EventDraft[] = [{ kind: "created", detail: { slot: machine.slot } }];
    if (node !== undefined) events.push({ kind: "scheduled", detail: { node } });
    try {
      return await this.#store.add({ machine, events }, { machinesMax, once, ops: [], fence });
    } catch (error) {
      nodes.forget?.(prepared);
      // Another replica places machines by now: it finds this one among those that wait.
      if (isFault(error, "fence.stale")) return this.#addWaiting(prepared, { machinesMax, once });
      if (once === undefined || !isLostRace(error)) throw error;
      const first = await this.#store.findOnce(project, once);
      if (first === null) throw error;
      return first;
    }
  }

  #addWaiting(
    machine: Machine,
    options: { readonly machinesMax: number; readonly once: OnceKey | undefined },
  ): Promise<Machine> {
    const { slot } = machine;
    const events: EventDraft[] = [{ kind: "created", detail: { slot } }];
    return this.#store.add({ machine, events }, { ...options, ops: [] });
  }

  #wish(ref: MachineRef, change: Omit<Wish, "now">): Promise<Machine> {
    const now = this.#modules.clock.now();
    return this.#store.change(ref, (machine) => {
      const wished = wish(machine, { ...change, now });
      return wished && settledWithoutNode(wished, now);
    });
  }
}

/** How often one looks for a machine that its node does not hold at this moment. */
const reachPollMs = 50;

function isReady({ observed, desired }: Machine, isPausedFine = false): boolean {
  if (observed.state === "running" && desired === "running") return true;
  return isPausedFine && desired !== "deleted" && /^(running|paused)$/.test(observed.state);
}

function isBeyondReach(machine: Machine): boolean {
  return isSettled(machine) || machine.desired !== "running";
}

function numbersOf(caps: Caps): Record<string, number> {
  const entries = Object.entries(caps).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(entries) as Record<string, number>;
}
