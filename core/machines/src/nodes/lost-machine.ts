import { raise } from "@bedplate/errors";
import type { Machine } from "../machine.ts";
import type { MachineSnapshot } from "../machine-snapshot.ts";
import type { EventDraft, MachineChange } from "../machine-store.ts";
import { restartsOf } from "../node/decide.ts";
import { settledWithoutNode, withoutNode } from "../placed.ts";

/**
 * What becomes of a machine whose node is lost: another epoch, so that what the node says of it later
 * is refused; and as its restart policy says it waits for another node or has failed. It begins from its
 * last snapshot, else from the disk that it began with or that a stop kept.
 */
export function lostMachine(
  machine: Machine,
  options: { readonly now: number; readonly snapshot?: MachineSnapshot | undefined },
): MachineChange | undefined {
  const { now, snapshot } = options;
  const { node, desired, generation } = machine;
  if (node === undefined) return undefined;
  const fenced: Machine = { ...withoutNode(machine), epoch: machine.epoch + 1 };
  const events: EventDraft[] = [{ kind: "node-lost", detail: { node } }];
  if (desired === "stopped" || desired === "deleted") {
    return settledWithoutNode({ machine: fenced, events }, now);
  }
  const restarts = restartsOf(machine, now) + 1;
  const { when, max } = machine.restart;
  if (when === "never" || restarts > max) {
    const { fault } = lost(machine, node);
    return {
      machine: { ...fenced, observed: { state: "failed", at: now, generation, fault } },
      events: [...events, { kind: "failed", detail: { fault: fault.code } }],
    };
  }
  const source = snapshot && { snapshot: snapshot.id, manifest: snapshot.manifest };
  const again: Machine = { ...fenced, ...(source && { source }), restarts };
  const pending = { ...again, observed: { state: "pending" as const, at: now, generation } };
  return {
    machine: { ...pending, waitsSince: now },
    events: [...events, { kind: "restarting", detail: { restarts } }],
  };
}

function lost({ id }: Machine, node: string) {
  return raise("environment.unhealthy", {
    op: "machines.keep",
    subject: `machine/${id}`,
    detail: { reason: `node/${node} is lost` },
    message: `Cannot go on with machine/${id}: its node/${node} is lost`,
  });
}
