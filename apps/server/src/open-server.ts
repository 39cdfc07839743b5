import type { IncomingMessage } from "node:http";
import { availableParallelism } from "node:os";
import type { Duplex } from "node:stream";
import { patriciaCommitment } from "@bedplate/environment-evm/ledger";
import type { IngressProvider } from "@bedplate/ingress";
import { LedgerService, type LedgersModules } from "@bedplate/ledgers";
import { type MachineService, machineReferences } from "@bedplate/machines";
import type { Registry } from "@bedplate/registry";
import { blobReferences, RunService } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import { createLog, type Log } from "@bedplate/telemetry";
import { type TemplateService, templateBlobReferences } from "@bedplate/templates";
import { openAdminKey } from "./admin-key.ts";
import type { ServerConfig } from "./config.ts";
import type { FrontParts } from "./e2b/open-front.ts";
import type { MissingSlot } from "./environments/catalog.ts";
import { type OpenedEvents, openEvents } from "./events/open-events.ts";
import type { SlotHints } from "./guess-slot.ts";
import { accessEndpoints } from "./http/access-endpoints.ts";
import { allMachineEndpoints } from "./http/all-machine-endpoints.ts";
import { createApp } from "./http/app.ts";
import { eventEndpoints } from "./http/event-endpoints.ts";
import type { Endpoint } from "./http/exchange.ts";
import { ledgerEndpoints } from "./http/ledger-endpoints.ts";
import { nodeEndpoints } from "./http/node-endpoints.ts";
import { platformEndpoints } from "./http/platform-endpoints.ts";
import { runEndpoints } from "./http/run-endpoints.ts";
import { templateEndpoints } from "./http/template-endpoints.ts";
import { volumeEndpoints } from "./http/volume-endpoints.ts";
import { webhookEndpoints } from "./http/webhook-endpoints.ts";
import { ledgerLimitsOf } from "./ledgers-config.ts";
import { type OpenedMachines, openMachines } from "./machines/open-machines.ts";
import { openHost } from "./open-host.ts";
import { openTemplates } from "./open-templates.ts";
import { type SweepModules, sweepBlobs } from "./providers/blob-sweep.ts";
import { providerUrls } from "./providers/provider-urls.ts";
import { Fellows } from "./replicas/fellows.ts";
import { type MachinePlaces, placeByMachine } from "./replicas/machine-place.ts";
import { routeReplicas } from "./replicas/replica-route.ts";
import { firstPlace, placeByRun } from "./replicas/run-place.ts";
import type { Telemetry } from "./telemetry.ts";

/** A server in this process; `listen` gives it a port. */
export interface BedplateServer extends AsyncDisposable {
  /** Answers a request as if it came over HTTP. */
  fetch(request: Request): Promise<Response>;
  /** The key of whoever owns the data. */
  readonly adminKey: string;
  readonly missing: readonly MissingSlot[];
  readonly registry: Registry;
  readonly runs: RunService;
  readonly machines: MachineService;
  readonly templates: TemplateService;
  /** What the front door for E2B's clients stands on; `listenE2b` gives it its ports. */
  readonly front: FrontParts;
  /** Answers other hosts that want to go on as something else than HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Tells the other replicas of the same state where this one is reached. */
  announce(url: string): Promise<void>;
}

export interface OpenServerOptions {
  /** Mount only these slots; default: all that are enabled. */
  readonly slots?: readonly string[] | undefined;
  readonly telemetry?: Telemetry | undefined;
  readonly log?: Log | undefined;
  /**
   * One caller in this process: environments are mounted closer, which starts faster, and it leaves
   * the runs of others alone, for it may not mount what they need.
   */
  readonly isEmbedded?: boolean | undefined;
}

/** Opens everything that the configuration names. */
export async function openServer(
  config: ServerConfig,
  options: OpenServerOptions = {},
): Promise<BedplateServer> {
  const log = options.log ?? openLog(config);
  await using opened = new AsyncDisposableStack();
  const host = opened.use(await openHost(config, { ...options, log }));
  const { shared, artifacts, place, replica, keys, projects, registry, plugins, missing } = host;
  const { state, blobs, queue, ingress, folder } = host.providers;
  const runState = state.in("runs");
  const quotaOf = (project: string) => projects.quota(project);
  const domain = { ...shared, replica, registry, artifacts };
  const runs = opened.use(
    new RunService({ ...domain, state: runState, blobs, queue, limits: limitsOf(config), quotaOf }),
  );
  const ledgers = opened.use(openLedgers(config, { ...domain, place }));
  const ways = { place, ingress, ingressUrl: providerUrls(config, options).ingress };
  const nodeParts = roleOf(config, options);
  const machines = opened.use(
    openMachines({ ...domain, ...ways, ...nodeParts, blobs, quotaOf }, config.machines),
  );
  const templates = opened.use(openTemplates(config.templates, { ...domain, blobs }));
  const events = opened.use(openEvents(config.webhooks, { ...domain, place }));
  if (options.isEmbedded !== true) {
    opened.use(sweepBlobs({ ...shared, blobs, references: referencesIn(state) }));
    registry.start();
    await runs.recover();
    events.webhooks.start();
  }
  runs.start();
  ledgers.start();
  await machines.start();
  templates.start();
  const adminKey = await openAdminKey(keys, folder);
  const onLook = routeOf(ingress, config);
  const fellows = opened.use(new Fellows({ ...shared, state: state.in("replicas"), onLook }));
  const urlOf = (id: string) => fellows.urlOf(id);
  const places = placesOf(machines, (place) => fellows.urlOfPlace(place));
  const app = createApp({
    ...host.appParts,
    placeOf: firstPlace(placeByRun(runs, urlOf), placeByMachine(places)),
    endpoints: [
      ...runEndpoints({ runs, hints: () => hintsOf(registry), urlOf }),
      ...platformEndpoints({ registry, plugins, artifacts, missing }),
      ...accessEndpoints({ keys, projects }),
      ...domainEndpoints({ ledgers, machines, templates, events }),
    ],
  });
  const resources = opened.move();
  return {
    fetch: async (request) => app.fetch(request),
    adminKey,
    missing,
    registry,
    runs,
    machines: machines.service,
    templates,
    front: frontParts({ ...shared, keys, machines: machines.service, builder: templates }),
    upgrade: (request, socket, head) => machines.upgrade(request, socket, head),
    announce: async (url) => {
      await fellows.announce({ id: replica, url, place });
      await machines.announce(url);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A command that shares its state with servers ends soon: it is no host for machines, and places none. */
function roleOf(
  { machines, providers }: ServerConfig,
  { isEmbedded }: OpenServerOptions,
): { readonly isPlacing: boolean; readonly isNode: boolean } {
  const isPassing = isEmbedded === true && providers.state !== undefined;
  return { isPlacing: !isPassing, isNode: !isPassing && machines.node.isEnabled };
}

function placesOf(
  { service, ports, urlOfNode }: OpenedMachines,
  urlOfPlace: MachinePlaces["urlOfPlace"],
): MachinePlaces {
  const keeperOf: MachinePlaces["keeperOf"] = (ref, port) => ports.keeperOf(ref, port);
  return { machines: service, urlOfNode, urlOfPlace, keeperOf };
}

/** The front door keeps what it has to remember in a place of its own. */
function frontParts(parts: FrontParts): FrontParts {
  return { ...parts, state: parts.state.in("e2b") };
}

function domainEndpoints(parts: {
  readonly ledgers: LedgerService;
  readonly machines: OpenedMachines;
  readonly templates: TemplateService;
  readonly events: OpenedEvents;
}): readonly Endpoint[] {
  const { ledgers, machines, templates, events } = parts;
  return [
    ...eventEndpoints(events.feed),
    ...webhookEndpoints(events.webhooks),
    ...ledgerEndpoints(ledgers),
    ...templateEndpoints(templates),
    ...allMachineEndpoints(machines, templates),
    ...volumeEndpoints(machines.volumes),
    ...nodeEndpoints(machines.nodes),
  ];
}

/** One JSON line per message on standard output. */
export function openLog(config: Pick<ServerConfig, "logLevel">): Log {
  const write = (line: string) => void process.stdout.write(line);
  return createLog({ write, now: Date.now, level: config.logLevel });
}

function openLedgers(
  { ledgers }: ServerConfig,
  parts: Omit<LedgersModules, "limits">,
): LedgerService {
  const state = parts.state.in("ledgers");
  const commitments = [patriciaCommitment];
  return new LedgerService({ ...parts, state, commitments, limits: ledgerLimitsOf(ledgers) });
}

/** Every blob that a record names. */
function referencesIn(state: StateStore): SweepModules["references"] {
  return [
    () => blobReferences(state.in("runs")),
    () => machineReferences(state.in("machines")),
    () => templateBlobReferences(state.in("templates")),
  ];
}

/** What keeps the ingress's route to the replicas; undefined where it serves no API. */
function routeOf(
  ingress: IngressProvider,
  { domain: host, domainCertificate: certificate }: ServerConfig,
): ReturnType<typeof routeReplicas> {
  return host === "" ? undefined : routeReplicas(ingress, { host, certificate });
}

function limitsOf({ limits }: ServerConfig): {
  readonly concurrentMax: number;
  readonly waitingMax: number;
  readonly openMax: number;
} {
  const concurrentMax =
    limits.concurrentRuns === 0 ? availableParallelism() : limits.concurrentRuns;
  return { concurrentMax, waitingMax: limits.waitingRuns, openMax: limits.openRuns };
}

function hintsOf(registry: Registry): SlotHints {
  return Object.fromEntries(
    registry.slots
      .list()
      .map(({ slot, mounted }) => [slot, mounted.environment.manifest.recognises]),
  );
}
