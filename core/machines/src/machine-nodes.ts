import type { Manifest } from "@bedplate/environment";
import type { Machine } from "./machine.ts";
import type { HeldMachine } from "./machine-access.ts";

/** What may be known of a slot's environment without asking it. */
export type SlotOffer = Pick<Manifest, "declares" | "instanceSchema">;

/** The nodes, as the service sees them. */
export interface MachineNodes {
  /** What machines of a slot can do; undefined where no node that is known has the slot. */
  offer(slot: string): SlotOffer | undefined;
  /** The node for a machine that has none; undefined: it waits. */
  place(machine: Machine): string | undefined;
  /** The machine on its node; undefined while the node does not hold it. */
  find(
    machine: Machine,
    options: { readonly signal: AbortSignal },
  ): Promise<HeldMachine | undefined>;
}
