import type { EventView } from "@bedplate/routes";
import { LedgersClient } from "./ledgers.ts";
import { MachinesClient } from "./machines.ts";
import { NodesClient } from "./nodes.ts";
import {
  AccessClient,
  ArtifactsClient,
  EnvironmentsClient,
  eventsOf,
  RegistryClient,
} from "./platform.ts";
import { RunsClient } from "./runs.ts";
import { ImagesClient, TemplatesClient } from "./templates.ts";
import { Transport, type TransportOptions } from "./transport.ts";

/** A client of one server. */
export class Bedplate {
  readonly runs: RunsClient;
  readonly ledgers: LedgersClient;
  readonly machines: MachinesClient;
  readonly nodes: NodesClient;
  readonly artifacts: ArtifactsClient;
  readonly environments: EnvironmentsClient;
  readonly registry: RegistryClient;
  readonly access: AccessClient;
  readonly templates: TemplatesClient;
  readonly images: ImagesClient;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.runs = new RunsClient(this.#transport);
    this.machines = new MachinesClient(this.#transport);
    this.nodes = new NodesClient(this.#transport);
    this.ledgers = new LedgersClient(this.#transport);
    this.artifacts = new ArtifactsClient(this.#transport);
    this.environments = new EnvironmentsClient(this.#transport);
    this.registry = new RegistryClient(this.#transport);
    this.access = new AccessClient(this.#transport);
    this.templates = new TemplatesClient(this.#transport);
    this.images = new ImagesClient(this.#transport);
  }

  /** What happens to this project's runs, from now on. */
  events(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<EventView, void, void> {
    return eventsOf(this.#transport, options);
  }
}
