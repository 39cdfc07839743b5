import type { Schema } from "@bedplate/schema";
import type { Budget } from "../budget.ts";
import type { Admission, Fingerprint } from "../environment-driver.ts";
import type { Exit } from "../exit.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import type { FileEntry } from "../facets/files.ts";
import type { CrossOutcome, Execution } from "../facets/invoke.ts";
import type { Observation } from "../facets/observe.ts";
import type { Mark } from "../facets/rewind.ts";
import type { Endpoint } from "../facets/serve.ts";
import type { SnapshotManifest } from "../facets/snapshot.ts";
import type { PortOf } from "../host-port.ts";
import type { InstanceHandle, InstanceStatus } from "../instance-driver.ts";
import type * as environment from "./environment-messages.ts";
import type * as facet from "./facet-messages.ts";
import type * as host from "./host-messages.ts";
import type * as machine from "./machine-messages.ts";

/** One answer to one message. */
export interface Unary<Request, Response> {
  readonly kind: "unary";
  readonly request: Request;
  readonly response: Response;
}

/** Any number of answers to one message. */
export interface Streamed<Request, Item> {
  readonly kind: "stream";
  readonly request: Request;
  readonly response: Item;
}

/** What the host asks of a plug-in. */
export interface PluginOperations {
  readonly Describe: Unary<environment.Empty, environment.DescribeResponse>;
  readonly Open: Unary<environment.OpenRequest, environment.Empty>;
  readonly Close: Unary<environment.Empty, environment.Empty>;
  readonly Fingerprint: Streamed<environment.Empty, Fingerprint>;
  readonly Admit: Unary<environment.AdmitRequest, Admission>;
  readonly Create: Unary<environment.CreateRequest, environment.InstanceRef>;
  readonly Recover: Unary<environment.RecoverRequest, environment.RecoverResponse>;
  readonly Inventory: Streamed<environment.Empty, InstanceHandle>;
  readonly Start: Unary<environment.InstanceRequest, environment.Empty>;
  readonly Status: Unary<environment.InstanceRequest, InstanceStatus>;
  readonly Stop: Unary<environment.StopRequest, Exit>;
  readonly Release: Unary<environment.InstanceRequest, environment.Empty>;
  /** Its notices are the guest's events as they happen. */
  readonly Run: Unary<facet.RunRequest, Execution>;
  readonly Mark: Unary<environment.InstanceRequest, Mark>;
  readonly Rewind: Unary<facet.MarkRequest, environment.Empty>;
  readonly Settle: Unary<facet.MarkRequest, environment.Empty>;
  readonly Digest: Unary<environment.InstanceRequest, facet.DigestResponse>;
  readonly Exec: Unary<machine.WireExecRequest, machine.ProcessRef>;
  readonly ExecOutput: Streamed<machine.ExecOutputRequest, machine.Chunk>;
  readonly ExecExit: Unary<machine.ProcessRef, Exit>;
  readonly ExecResize: Unary<machine.ExecResizeRequest, environment.Empty>;
  readonly ExecSignal: Unary<machine.ExecSignalRequest, environment.Empty>;
  readonly FilesRead: Streamed<machine.FilesReadRequest, machine.Chunk>;
  readonly FilesWrite: Unary<machine.FilesWriteRequest, environment.Empty>;
  readonly FilesList: Streamed<machine.PathRequest, FileEntry>;
  readonly FilesDelete: Unary<machine.PathRequest, environment.Empty>;
  readonly Expose: Unary<facet.ExposeRequest, Endpoint>;
  readonly Withdraw: Unary<facet.WithdrawRequest, environment.Empty>;
  readonly Pause: Unary<environment.InstanceRequest, environment.Empty>;
  readonly Resume: Unary<environment.InstanceRequest, environment.Empty>;
  readonly Capture: Unary<facet.CaptureRequest, SnapshotManifest>;
  readonly Assess: Unary<facet.AssessRequest, facet.AssessResponse>;
  readonly Resize: Unary<facet.ResizeRequest, Budget>;
  readonly Observe: Streamed<facet.ObserveRequest, Observation>;
}

/** What a plug-in asks of its host. */
export interface HostOperations {
  readonly ReadBlob: Unary<host.ReadBlobRequest, machine.Chunk>;
  readonly CacheGet: Unary<host.CacheGetRequest, host.CacheGetResponse>;
  readonly CachePut: Unary<host.CachePutRequest, environment.Empty>;
  readonly Now: Unary<environment.Empty, host.NowResponse>;
  readonly RandomBytes: Unary<host.RandomBytesRequest, machine.Chunk>;
  readonly WriteLog: Unary<host.WriteLogRequest, environment.Empty>;
  readonly LoadState: Unary<host.LoadStateRequest, host.LoadStateResponse>;
  readonly CallGuest: Unary<host.CallGuestRequest, CrossOutcome>;
  readonly PullBody: Streamed<host.PullBodyRequest, machine.Chunk>;
  readonly PushChunk: Unary<host.PushChunkRequest, environment.Empty>;
}

export type PluginOperation = keyof PluginOperations;
export type HostOperation = keyof HostOperations;

/** Every operation of the wire, both ways. */
export type WireOperations = PluginOperations & HostOperations;
export type WireOperation = keyof WireOperations;

/** What the wire knows of one operation. */
export interface OperationEntry<Shape> {
  readonly kind: Shape extends { readonly kind: infer K } ? K : never;
  readonly request: Schema<Shape extends { readonly request: infer Q } ? Q : never>;
  readonly response: Schema<Shape extends { readonly response: infer R } ? R : never>;
  /** What may come before the one answer. */
  readonly notice?: Schema<unknown> | undefined;
  /** Refused without an idempotency key. */
  readonly isKeyed?: true | undefined;
  /** The facet that must be declared. */
  readonly facet?: FacetName | undefined;
  /** The permission that must be granted. */
  readonly permission?: keyof PortOf | undefined;
}
