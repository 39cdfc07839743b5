import { raise } from "@bedplate/errors";
import type { Machine } from "../machine.ts";
import type { MachineChange } from "../machine-store.ts";
import { waitsForNode } from "../placed.ts";

/**
 * What becomes of a machine that waits for the one node which has its volumes, and that is lost: to
 * wait would be for ever. Once the node is back, it can be resumed.
 */
export function homeless(
  machine: Machine,
  { node, now }: { readonly node: string; readonly now: number },
): MachineChange | undefined {
  if (!waitsForNode(machine)) return undefined;
  const { generation } = machine;
  const { fault } = lostHome(machine, node);
  return {
    machine: { ...machine, observed: { state: "failed", at: now, generation, fault } },
    events: [{ kind: "failed", detail: { fault: fault.code } }],
  };
}

function lostHome({ id, volumes = [] }: Machine, node: string) {
  const names = volumes.map(({ name }) => `volume/${name}`).join(", ");
  const reason = `node/${node}, which has ${names}, is lost`;
  return raise("environment.unhealthy", {
    op: "machines.place",
    subject: `machine/${id}`,
    blame: "host",
    effect: "none",
    detail: { reason },
    message: `Cannot go on with machine/${id}: ${reason}`,
  });
}
