import type { Machine } from "./machine.ts";

/** The machine on a node, for the first time or anew. */
export function placed(machine: Machine, node: string | undefined): Machine {
  if (node === undefined) return machine;
  const { observed } = machine;
  return {
    ...machine,
    node,
    epoch: machine.epoch + 1,
    attempt: machine.attempt + 1,
    observed: { ...observed, state: "scheduled" },
  };
}
