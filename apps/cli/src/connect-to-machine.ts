import type { MachineView } from "@bedplate/routes";
import type { Invocation } from "./command.ts";
import { type Connection, connect } from "./connect.ts";

/** The slot of a machine that names none, where the server lives in this process. */
export const standardMachineSlot = "container";

/** A connection to the server that has a machine; one in this process mounts what the machine needs. */
export async function connectToMachine(invocation: Invocation, id: string): Promise<Connection> {
  const looking = await connect(invocation, { slots: [] });
  if (!looking.isEmbedded) return looking;
  let found: MachineView;
  try {
    found = await looking.client.machines.get(id);
  } finally {
    await looking[Symbol.asyncDispose]();
  }
  return connect(invocation, { slots: [found.slot] });
}
