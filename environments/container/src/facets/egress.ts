import type { EgressDriver } from "@bedplate/environment";
import type { Machine } from "../machine/machine.ts";

/** What a machine may reach, kept by the rules of its berth. */
export function egressOf(machine: Machine): EgressDriver {
  return {
    async set(policy) {
      await machine.ground.networks.setPolicy(machine.record.berth, policy);
      machine.note({ egress: policy });
    },
  };
}
