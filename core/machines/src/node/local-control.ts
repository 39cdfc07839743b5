import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { Machine } from "../machine.ts";
import { followMachines } from "../machine-changes.ts";
import type { MachineEventKind } from "../machine-event.ts";
import type { EventDraft, MachineChange, MachineStore } from "../machine-store.ts";
import type { MachineRef } from "../machine-tables.ts";
import { wish } from "../machine-wish.ts";
import { settledWithoutNode, withoutNode } from "../placed.ts";
import { VolumeStore } from "../volumes/volume-store.ts";
import type { ErasingVolume } from "../volumes/volume-tables.ts";
import type { Assignment, MachineReport, NodeControl } from "./node-control.ts";

/** The control plane of a node that shares the state: no message in between. */
export class LocalControl implements NodeControl {
  readonly #store: MachineStore;
  readonly #clock: Clock;
  readonly #volumes: VolumeStore;

  constructor(store: MachineStore, { clock }: { readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#volumes = new VolumeStore({ state: store.state, clock });
  }

  held(node: string): AsyncIterable<Machine> {
    return this.#store.heldBy(node);
  }

  /** What this process commits comes at once, what others commit when the store shows it. */
  async *follow(
    _node: string,
    signal: AbortSignal,
    onGap?: () => void,
  ): AsyncGenerator<Machine, void, void> {
    const told: Machine[] = [];
    let wake = Promise.withResolvers<void>();
    const tell = (machine: Machine) => {
      told.push(machine);
      wake.resolve();
    };
    using _own = this.#store.onChange(tell);
    const ending = new AbortController();
    const both = AbortSignal.any([signal, ending.signal]);
    const others = followMachines(this.#store, { clock: this.#clock, signal: both, tell, onGap });
    const onAbort = () => wake.resolve();
    both.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const machine = told.shift();
        if (machine !== undefined) yield machine;
        else {
          await Promise.race([wake.promise, others]);
          wake = Promise.withResolvers();
          if (both.aborted) return;
        }
      }
    } finally {
      ending.abort();
      await others.catch(() => {});
    }
  }

  get(ref: MachineRef): Promise<Machine> {
    return this.#store.get(ref);
  }

  async report(assignment: Assignment, report: MachineReport): Promise<Machine> {
    const { node, epoch } = assignment;
    const at = this.#clock.now();
    return this.#store.change(assignment, (machine) => {
      if (machine.node !== node || machine.epoch !== epoch) throw fenced(assignment, machine);
      return changeOf(machine, report, at);
    });
  }

  async expire(ref: MachineRef): Promise<Machine> {
    const now = this.#clock.now();
    return this.#store.change(ref, (machine) => expired(machine, now));
  }

  erasing(node: string): AsyncIterable<ErasingVolume> {
    return this.#volumes.erasing(node);
  }

  erased(volume: ErasingVolume): Promise<void> {
    return this.#volumes.erased(volume);
  }
}

/** What is done to a machine whose time is over; undefined where it is not. */
export function expired(machine: Machine, now: number): MachineChange | undefined {
  const { expiresAt, onExpiry } = machine.lifetime;
  if (expiresAt === undefined || expiresAt > now || machine.desired === "deleted") return undefined;
  // What stands still already cannot be paused.
  const isOff = machine.observed.state === "failed" || machine.desired === "stopped";
  const desired = { pause: "paused", stop: "stopped", delete: "deleted" } as const;
  const to = isOff && onExpiry !== "delete" ? "stopped" : desired[onExpiry];
  const change = wish(machine, { desired: to, now, because: "expired" });
  if (change !== undefined) return settledWithoutNode(change, now);
  const { expiresAt: _over, ...lifetime } = machine.lifetime;
  return { machine: { ...machine, lifetime } };
}

/** The machine with what its node says of it. */
function changeOf(machine: Machine, report: MachineReport, at: number): MachineChange | undefined {
  const { state, generation, fault, instance, source, leaves, events = [], ...counts } = report;
  const given = Object.fromEntries(
    Object.entries(counts).filter(([, value]) => value !== undefined),
  );
  const { instance: before, source: kept, ...rest } = machine;
  const held = instance === undefined ? before : (instance ?? undefined);
  const begins = source ?? kept;
  const isNews = machine.observed.state !== state;
  const told: EventDraft[] = isNews
    ? [
        {
          kind: state as MachineEventKind,
          detail: fault === undefined ? {} : { fault: fault.code },
        },
      ]
    : [];
  const after: Machine = {
    ...rest,
    ...given,
    ...(held !== undefined && { instance: held }),
    ...(begins !== undefined && { source: begins }),
    observed: {
      state,
      at: isNews ? at : machine.observed.at,
      generation,
      ...(fault && { fault }),
    },
  };
  const all = [...told, ...events];
  // What has nothing on its node any more takes no room there; whoever wants it again finds it a node.
  const isOff = held === undefined && (state === "stopped" || state === "failed");
  if (!isOff && leaves !== true) return { machine: after, events: all };
  return settledWithoutNode({ machine: withoutNode(after), events: all }, at);
}

function fenced({ id, node, epoch }: Assignment, machine: Machine): Error {
  return raise("fence.stale", {
    op: "machines.report",
    subject: `machine/${id}`,
    detail: { seen: `${machine.node ?? "none"}/${machine.epoch}`, got: `${node}/${epoch}` },
    message: `Cannot report on machine/${id}: it was given to another node`,
  });
}
