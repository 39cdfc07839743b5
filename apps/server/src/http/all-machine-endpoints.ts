import { raise } from "@bedplate/errors";
import { closePort, openPort } from "@bedplate/routes";
import type { TemplateService } from "@bedplate/templates";
import type { OpenedMachines } from "../machines/open-machines.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";
import { fileEndpoints } from "./file-endpoints.ts";
import { machineEndpoints, refOf } from "./machine-endpoints.ts";
import { processEndpoints } from "./process-endpoints.ts";

/** Machines, the processes and files inside of them, and the ways to their ports. */
export function allMachineEndpoints(
  { service, ports }: Pick<OpenedMachines, "service" | "ports">,
  templates: TemplateService,
): readonly Endpoint[] {
  return [
    ...machineEndpoints(service, templates),
    ...processEndpoints(service),
    ...fileEndpoints(service),
    endpoint(openPort, (exchange) => {
      const [project, id] = refOf(exchange);
      const { isPublic = false } = exchange.body;
      return ports.open({ project, id }, { port: portOf(exchange), isPublic });
    }),
    endpoint(closePort, async (exchange) => {
      const [project, id] = refOf(exchange);
      await ports.close({ project, id }, portOf(exchange));
      return {};
    }),
  ];
}

function portOf({ params }: Pick<Exchange, "params">): number {
  const text = params["port"] ?? "";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw raise("argument.invalid", {
    op: "machines.openPort",
    detail: { path: "/port", rule: "must be a whole number from 1 to 65535" },
    message: `Cannot use the port "${text}": it must be a whole number from 1 to 65535`,
  });
}
