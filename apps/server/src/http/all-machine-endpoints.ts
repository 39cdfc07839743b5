import type { MachineService } from "@bedplate/machines";
import type { TemplateService } from "@bedplate/templates";
import type { Endpoint } from "./exchange.ts";
import { fileEndpoints } from "./file-endpoints.ts";
import { machineEndpoints } from "./machine-endpoints.ts";
import { processEndpoints } from "./process-endpoints.ts";

/** Machines, and the processes and files inside of them. */
export function allMachineEndpoints(
  machines: MachineService,
  templates: TemplateService,
): readonly Endpoint[] {
  return [
    ...machineEndpoints(machines, templates),
    ...processEndpoints(machines),
    ...fileEndpoints(machines),
  ];
}
