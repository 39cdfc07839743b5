import type { MachineService } from "@bedplate/machines";
import type { Endpoint } from "./exchange.ts";
import { fileEndpoints } from "./file-endpoints.ts";
import { machineEndpoints } from "./machine-endpoints.ts";
import { processEndpoints } from "./process-endpoints.ts";

/** Machines, and the processes and files inside of them. */
export function allMachineEndpoints(machines: MachineService): readonly Endpoint[] {
  return [...machineEndpoints(machines), ...processEndpoints(machines), ...fileEndpoints(machines)];
}
