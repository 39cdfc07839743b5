import { EventsClient } from "./events.ts";
import { LedgersClient } from "./ledgers.ts";
import { MachinesClient } from "./machines.ts";
import { NodesClient } from "./nodes.ts";
import { AccessClient, ArtifactsClient, EnvironmentsClient, RegistryClient } from "./platform.ts";
import { RunsClient } from "./runs.ts";
import { ImagesClient, TemplatesClient } from "./templates.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { VolumesClient } from "./volumes.ts";
import { WebhooksClient } from "./webhooks.ts";

/** A client of one server. */
export class Bedplate {
  readonly runs: RunsClient;
  readonly ledgers: LedgersClient;
  readonly machines: MachinesClient;
  readonly volumes: VolumesClient;
  readonly nodes: NodesClient;
  readonly artifacts: ArtifactsClient;
  readonly environments: EnvironmentsClient;
  readonly registry: RegistryClient;
  readonly access: AccessClient;
  readonly templates: TemplatesClient;
  readonly images: ImagesClient;
  readonly events: EventsClient;
  readonly webhooks: WebhooksClient;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.runs = new RunsClient(this.#transport);
    this.machines = new MachinesClient(this.#transport);
    this.volumes = new VolumesClient(this.#transport);
    this.nodes = new NodesClient(this.#transport);
    this.ledgers = new LedgersClient(this.#transport);
    this.artifacts = new ArtifactsClient(this.#transport);
    this.environments = new EnvironmentsClient(this.#transport);
    this.registry = new RegistryClient(this.#transport);
    this.access = new AccessClient(this.#transport);
    this.templates = new TemplatesClient(this.#transport);
    this.images = new ImagesClient(this.#transport);
    this.events = new EventsClient(this.#transport);
    this.webhooks = new WebhooksClient(this.#transport);
  }
}
