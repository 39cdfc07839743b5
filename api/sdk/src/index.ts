export { Bedplate } from "./bedplate.ts";
export { type BytesLike, fromBytesView, toBytesView } from "./bytes.ts";
export { contextFiles, type ReadDockerfile, readDockerfile } from "./dockerfile.ts";
export { type EventOptions, EventsClient } from "./events.ts";
export {
  type CreateLedgerOptions,
  LedgersClient,
  type SubmitTransactionOptions,
} from "./ledgers.ts";
export { MachineFiles } from "./machine-files.ts";
export { type ExecOptions, type Executed, MachineProcesses } from "./machine-processes.ts";
export { type CreateMachineOptions, MachinesClient, type Settling } from "./machines.ts";
export { NodesClient } from "./nodes.ts";
export {
  AccessClient,
  ArtifactsClient,
  EnvironmentsClient,
  RegistryClient,
} from "./platform.ts";
export { RunsClient, type SubmitOptions, type Waiting } from "./runs.ts";
export { ImagesClient, TemplatesClient } from "./templates.ts";
export { type RequestOptions, Transport, type TransportOptions } from "./transport.ts";
export { type CreateVolumeOptions, VolumesClient } from "./volumes.ts";
export { WebhooksClient } from "./webhooks.ts";
