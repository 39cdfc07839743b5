import type { Clock } from "@bedplate/clock";
import { type Digest, digestBytes } from "@bedplate/codec";
import { isFault, raise } from "@bedplate/errors";
import type { StateCheck, StateFence, StateOp, StateStore, StoredDocument } from "@bedplate/state";
import type { Machine } from "./machine.ts";
import { eventsKeptMs, type MachineEvent, type MachineEventKind } from "./machine-event.ts";
import type { MachineFilter, MachinePage } from "./machine-request.ts";
import {
  eventTable,
  goneTable,
  heldTable,
  type MachineRef,
  machineTable,
  onceTable,
  tallyTable,
  type Waiting,
  waitingTable,
} from "./machine-tables.ts";
import { waitsForNode } from "./placed.ts";
import { claimVolumes, releaseVolumes } from "./volumes/volume-claims.ts";

/** Something that happened, before it has an id. */
export interface EventDraft {
  readonly kind: MachineEventKind;
  readonly detail?: MachineEvent["detail"] | undefined;
}

/** The next form of a machine, and what is told of it. */
export interface MachineChange {
  readonly machine: Machine;
  readonly events?: readonly EventDraft[] | undefined;
}

/** An idempotency key, and what it was used for. */
export interface OnceKey {
  readonly key: string;
  readonly request: Digest;
}

interface StoreModules {
  readonly state: StateStore;
  readonly clock: Clock;
}

/** How often a change is tried against others that are faster. */
const attemptsMax = 32;
/** How long a deleted machine can be asked for, and an idempotency key is known. */
const goneKeptMs: number = 24 * 60 * 60 * 1_000;
/** How many records one listing may look at before it answers with what it found. */
const scanMax = 2_000;

/** Machines as records, with the commits that move them on. */
export class MachineStore {
  readonly #modules: StoreModules;
  readonly #listeners = new Set<(machine: Machine) => void>();

  constructor(modules: StoreModules) {
    this.#modules = modules;
  }

  get state(): StateStore {
    return this.#modules.state;
  }

  /** Tells of every change that this process commits, at once. */
  onChange(listener: (machine: Machine) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Records a new machine; refuses one more than the project may have. */
  async add(
    change: MachineChange,
    options: {
      readonly machinesMax: number;
      readonly once?: OnceKey | undefined;
      readonly ops: readonly StateOp<string>[];
      /** The right by which its node was chosen. */
      readonly fence?: StateFence | undefined;
    },
  ): Promise<Machine> {
    const { machine } = change;
    const { once, machinesMax, fence } = options;
    for (let attempt = 1; ; attempt++) {
      const tally = await tallyTable.get(this.state, machine.project);
      const machines = (tally?.document.machines ?? 0) + 1;
      if (machines > machinesMax) throw tooMany(machinesMax);
      const checks: StateCheck<string>[] = [
        tally === null ? tallyTable.absent(machine.project) : tallyTable.at(tally),
        machineTable.absent(idOf(machine)),
      ];
      const ops = [
        tallyTable.put(machine.project, { machines }),
        ...this.#opsOf(undefined, change),
        ...options.ops,
      ];
      const claimed = await claimVolumes(this.state, machine, this.#modules.clock.now());
      checks.push(...claimed.checks);
      ops.push(...claimed.ops);
      if (once !== undefined) {
        const id = onceIdOf(machine.project, once.key);
        checks.push(onceTable.absent(id));
        const op = onceTable.put(id, { machine: machine.id, request: once.request });
        ops.push(this.#ending(op, goneKeptMs));
      }
      try {
        await this.state.commit({ checks, ops, ...(fence && { fence }) });
        this.#tell(machine);
        return machine;
      } catch (error) {
        const isTaken = once !== undefined && (await this.#isKnown(machine.project, once));
        if (!isLostRace(error) || isTaken || attempt >= attemptsMax) throw error;
      }
    }
  }

  /** Moves a machine on: `next` decides on what is there now, and answers undefined for nothing. */
  async change(
    ref: MachineRef,
    next: (machine: Machine) => MachineChange | undefined,
    options: { readonly fence?: StateFence | undefined } = {},
  ): Promise<Machine> {
    for (let attempt = 1; ; attempt++) {
      const stored = await machineTable.get(this.state, idOf(ref));
      if (stored === null) return this.#gone(ref);
      const asked = next(stored.document);
      if (asked === undefined) return stored.document;
      const edition = stored.document.edition + 1;
      const change = { ...asked, machine: { ...asked.machine, edition } };
      try {
        return await this.#commit(stored, change, options.fence);
      } catch (error) {
        if (!isLostRace(error) || attempt >= attemptsMax) throw error;
      }
    }
  }

  /** A machine, also one that was deleted lately; `resource.missing` when there is none. */
  async get(ref: MachineRef): Promise<Machine> {
    const stored = await machineTable.get(this.state, idOf(ref));
    return stored?.document ?? this.#gone(ref);
  }

  /** The machine that an idempotency key was used for; null for a fresh key. */
  async findOnce(project: string, once: OnceKey): Promise<Machine | null> {
    const found = await onceTable.get(this.state, onceIdOf(project, once.key));
    if (found === null) return null;
    if (found.document.request !== once.request) throw reused(once, found.document.request);
    return this.get({ project, id: found.document.machine });
  }

  /** One page. A page may be short, or empty with `next`, where filters leave out much. */
  async list(filter: MachineFilter): Promise<MachinePage<Machine>> {
    const { project, limit = 50, isOldestFirst = false } = filter;
    const machines: Machine[] = [];
    let { cursor } = filter;
    for (let seen = 0; seen < scanMax; seen += limit) {
      const range = { prefix: `${project}/`, reverse: !isOldestFirst, limit, cursor };
      const page = await machineTable.list(this.state, range);
      const fitting = page.documents
        .map(({ document }) => document)
        .filter((each) => fits(each, filter));
      if (machines.length > 0 && fitting.length > limit - machines.length) break;
      machines.push(...fitting);
      cursor = page.next;
      if (cursor === undefined || machines.length >= limit) break;
    }
    return { machines, ...(cursor !== undefined && { next: cursor }) };
  }

  /** Every machine that a node has. */
  async *heldBy(node: string): AsyncGenerator<Machine, void, void> {
    for await (const entry of this.state.listAll({ prefix: heldTable.key(`${node}/`) })) {
      const ref = heldTable.read(entry).document;
      const stored = await machineTable.get(this.state, idOf(ref));
      if (stored !== null) yield stored.document;
    }
  }

  /** Every machine that waits for a node. */
  async *waiting(): AsyncGenerator<Waiting, void, void> {
    for await (const entry of this.state.listAll({ prefix: waitingTable.key("") })) {
      yield waitingTable.read(entry).document;
    }
  }

  /** Every machine of every project that is not deleted. */
  async *all(): AsyncGenerator<Machine, void, void> {
    for await (const entry of this.state.listAll({ prefix: machineTable.key("") })) {
      yield machineTable.read(entry).document;
    }
  }

  async #commit(
    stored: StoredDocument<Machine>,
    change: MachineChange,
    fence: StateFence | undefined,
  ): Promise<Machine> {
    const { machine } = change;
    const checks = [machineTable.at(stored)];
    const ops = this.#opsOf(stored.document, change);
    if (machine.observed.state === "deleted") {
      const tally = await tallyTable.get(this.state, machine.project);
      const machines = Math.max(0, (tally?.document.machines ?? 0) - 1);
      if (tally !== null) checks.push(tallyTable.at(tally));
      if (tally !== null) ops.push(tallyTable.put(machine.project, { machines }));
      const released = await releaseVolumes(this.state, machine, this.#modules.clock.now());
      checks.push(...released.checks);
      ops.push(...released.ops);
    }
    await this.state.commit({ checks, ops, ...(fence && { fence }) });
    this.#tell(machine);
    return machine;
  }

  /** The record, its indices and its events. */
  #opsOf(before: Machine | undefined, { machine, events = [] }: MachineChange): StateOp<string>[] {
    const id = idOf(machine);
    const isGone = machine.observed.state === "deleted";
    const ops = events.map((draft, index) => this.#eventOp(machine, { ...draft, index }));
    if (isGone) {
      ops.push(machineTable.delete(id), this.#ending(goneTable.put(id, machine), goneKeptMs));
    } else ops.push(machineTable.put(id, machine));
    const placeBefore = before === undefined ? [] : placeOf(before);
    const place = isGone ? [] : placeOf(machine);
    const kept = new Set(place.map(keyOf));
    ops.push(
      ...placeBefore
        .map(keyOf)
        .filter((key) => !kept.has(key))
        .map((key) => ({ delete: key })),
    );
    const known = new Set(placeBefore.map(keyOf));
    ops.push(...place.filter((op) => !known.has(keyOf(op))));
    return ops;
  }

  #eventOp(
    { project, id: machine, edition }: Machine,
    { kind, detail = {}, index }: EventDraft & { readonly index: number },
  ): StateOp<string> {
    const at = this.#modules.clock.now();
    // In the order of the machine's commits, whatever clocks say.
    const id = `${machine}-${String(edition).padStart(10, "0")}-${index}`;
    const event = { id, project, machine, kind, at, detail };
    return this.#ending(eventTable.put(`${project}/${machine}/${id}`, event), eventsKeptMs);
  }

  /** Ends by itself, where the store can do that. */
  #ending(op: StateOp<string>, ttlMs: number): StateOp<string> {
    const { ttl } = this.state.capabilities;
    if (ttl === undefined || !("put" in op)) return op;
    return { ...op, ttlMs: Math.min(ttlMs, ttl.ttlMsMax) };
  }

  async #gone(ref: MachineRef): Promise<Machine> {
    const stored = await goneTable.get(this.state, idOf(ref));
    if (stored !== null) return stored.document;
    throw missingMachine(ref.id);
  }

  async #isKnown(project: string, once: OnceKey): Promise<boolean> {
    return (await onceTable.get(this.state, onceIdOf(project, once.key))) !== null;
  }

  #tell(machine: Machine): void {
    for (const each of this.#listeners) each(machine);
  }
}

/** Whether a commit failed because another one was faster. */
export function isLostRace(error: unknown): boolean {
  return isFault(error, "version.mismatch");
}

/** The fault of a machine that is not there. */
export function missingMachine(id: string): Error {
  return raise("resource.missing", {
    op: "machines.get",
    subject: `machine/${id}`,
    detail: { type: "machine", id },
    message: `Cannot find machine/${id}: there is none in this project`,
  });
}

function idOf({ project, id }: MachineRef): string {
  return `${project}/${id}`;
}

function onceIdOf(project: string, key: string): string {
  return `${project}/${digestBytes(Buffer.from(key)).slice(7)}`;
}

/** Where a restart finds it: with its node, or among those that wait for one. */
function placeOf(machine: Machine): StateOp<string>[] {
  const { project, id, node, priority, waitsSince: since = machine.createdAt } = machine;
  if (node !== undefined) return [heldTable.put(`${node}/${id}`, { project, id })];
  return waitsForNode(machine) ? [waitingTable.put(id, { project, id, priority, since })] : [];
}

function keyOf(op: StateOp<string>): string {
  return "put" in op ? op.put : op.delete;
}

function fits(machine: Machine, { slot, states, labels = {} }: MachineFilter): boolean {
  if (slot !== undefined && machine.slot !== slot) return false;
  if (states !== undefined && !states.includes(machine.observed.state)) return false;
  return Object.entries(labels).every(([name, value]) => machine.labels[name] === value);
}

function tooMany(limit: number): Error {
  return raise("quota.exceeded", {
    op: "machines.create",
    detail: { meter: "machines", limit, asked: limit + 1 },
    message: `Cannot create the machine: the project has ${limit} already, as many as its quota allows`,
  });
}

function reused(once: OnceKey, first: string): Error {
  return raise("idempotency.mismatch", {
    op: "machines.create",
    detail: { key: once.key, first, now: once.request },
    message: `Cannot create the machine: the key ${once.key} was used for another request`,
  });
}
