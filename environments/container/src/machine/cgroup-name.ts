import type { MachineRecord } from "./machine-record.ts";

/**
 * The name of a machine's cgroup. The incarnation in it is what no guest can reach or forge: a
 * process that is in this cgroup belongs to this life of this machine.
 */
export function cgroupName({ id, incarnation }: Pick<MachineRecord, "id" | "incarnation">): string {
  return `${id}-${incarnation}`;
}
