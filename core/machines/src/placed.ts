import type { Machine } from "./machine.ts";
import type { MachineChange } from "./machine-store.ts";

/** The machine on a node, for the first time or anew. */
export function placed(machine: Machine, node: string | undefined): Machine {
  if (node === undefined) return machine;
  const { observed, waitsBecause: _because, waitsSince: _since, ...rest } = machine;
  return {
    ...rest,
    node,
    epoch: machine.epoch + 1,
    attempt: machine.attempt + 1,
    observed: { ...observed, state: "scheduled" },
  };
}

/** The machine without the node that it had; it has nothing there any more. */
export function withoutNode(machine: Machine): Machine {
  const { node, instance: _gone, ...rest } = machine;
  return node === undefined ? rest : { ...rest, lastNode: node };
}

/** Whether a machine waits for a node. */
export function waitsForNode({ node, desired, observed, generation }: Machine): boolean {
  if (node !== undefined || (desired !== "running" && desired !== "paused")) return false;
  return observed.state !== "failed" || observed.generation < generation;
}

/** What a change comes to where the machine has no node: nothing is there that had to be ended first. */
export function settledWithoutNode(change: MachineChange, now: number): MachineChange {
  const { machine, events = [] } = change;
  const { node, desired, generation, observed } = machine;
  if (node !== undefined) return change;
  if (waitsForNode(machine)) {
    const pending = { ...observed, state: "pending" as const, at: now };
    return { events, machine: { ...machine, observed: pending, waitsSince: now } };
  }
  if (desired !== "stopped" && desired !== "deleted") return change;
  if (observed.state === desired && observed.generation >= generation) return change;
  return {
    machine: { ...machine, observed: { state: desired, at: now, generation } },
    events: [...events, { kind: desired }],
  };
}
