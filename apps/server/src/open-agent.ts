import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Log } from "@bedplate/telemetry";
import type { ServerConfig } from "./config.ts";
import type { MissingSlot } from "./environments/catalog.ts";
import { allMachineEndpoints } from "./http/all-machine-endpoints.ts";
import { createApp } from "./http/app.ts";
import { openMachines } from "./machines/open-machines.ts";
import { nodeName } from "./machines/own-node.ts";
import { openHost } from "./open-host.ts";
import { openTemplates } from "./open-templates.ts";
import { providerUrls } from "./providers/provider-urls.ts";
import type { Telemetry } from "./telemetry.ts";

/** The machines of one host, kept in this process; `listen` gives it a port. */
export interface BedplateAgent extends AsyncDisposable {
  /** Answers what servers pass on: what happens inside the machines of this host. */
  fetch(request: Request): Promise<Response>;
  /** Answers servers that want a connection to a port of a machine. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** The name of its node. */
  readonly node: string;
  readonly missing: readonly MissingSlot[];
  /** Tells servers where this agent is reached. */
  announce(url: string): Promise<void>;
}

export interface OpenAgentOptions {
  readonly log: Log;
  /** Mount only these slots; default: all that are enabled. */
  readonly slots?: readonly string[] | undefined;
  readonly telemetry?: Telemetry | undefined;
}

/**
 * Opens the node of this host on the state that the servers share. It finds the machines of its earlier
 * life, makes what is wanted and removes what nobody wants; it places nothing, runs nothing, seals nothing.
 */
export async function openAgent(
  config: ServerConfig,
  options: OpenAgentOptions,
): Promise<BedplateAgent> {
  await using opened = new AsyncDisposableStack();
  const host = opened.use(await openHost(config, options));
  const { shared, artifacts, place, replica, projects, registry, providers } = host;
  const { blobs, ingress } = providers;
  const quotaOf = (project: string) => projects.quota(project);
  const domain = { ...shared, replica, registry, artifacts, blobs };
  const ways = { place, ingress, ingressUrl: providerUrls(config, {}).ingress };
  const role = { isPlacing: false, isNode: true };
  const machines = opened.use(
    openMachines({ ...domain, ...ways, ...role, quotaOf }, config.machines),
  );
  const templates = opened.use(openTemplates(config.templates, domain));
  registry.start();
  await machines.start();
  const app = createApp({
    ...host.appParts,
    endpoints: allMachineEndpoints(machines, templates),
  });
  const resources = opened.move();
  return {
    fetch: async (request) => app.fetch(request),
    upgrade: (request, socket, head) => machines.upgrade(request, socket, head),
    node: nodeName(config.machines.node, place),
    missing: host.missing,
    announce: (url) => machines.announce(url),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
