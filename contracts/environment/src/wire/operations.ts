import type { Schema } from "@bedplate/schema";
import type { Caps } from "../caps.ts";
import type { Admission, Fingerprint } from "../environment-driver.ts";
import type { Exit } from "../exit.ts";
import type { Process, ProcessOutput } from "../facets/exec.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import type { FileChange, FileEntry } from "../facets/files.ts";
import type { CrossOutcome, Execution } from "../facets/invoke.ts";
import type { Observation } from "../facets/observe.ts";
import type { Mark } from "../facets/rewind.ts";
import type { Endpoint } from "../facets/serve.ts";
import type { SnapshotManifest } from "../facets/snapshot.ts";
import type { PortOf } from "../host-port.ts";
import type { InstanceHandle, InstanceStatus } from "../instance-driver.ts";
import type { InvocationCheck } from "../invocation-check.ts";
import type * as environment from "./environment-messages.ts";
import type * as facet from "./facet-messages.ts";
import type * as file from "./file-messages.ts";
import type * as host from "./host-messages.ts";
import type * as machine from "./machine-messages.ts";
import type * as process from "./process-messages.ts";

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
  readonly Check: Unary<facet.CheckRequest, InvocationCheck>;
  readonly Mark: Unary<environment.InstanceRequest, Mark>;
  readonly Rewind: Unary<facet.MarkRequest, environment.Empty>;
  readonly Settle: Unary<facet.MarkRequest, environment.Empty>;
  readonly Digest: Unary<environment.InstanceRequest, facet.DigestResponse>;
  readonly ExecStart: Unary<process.ExecStartRequest, Process>;
  readonly ExecOutput: Streamed<process.ExecOutputRequest, ProcessOutput>;
  readonly ExecWait: Unary<process.ProcessRequest, Exit>;
  readonly ExecWrite: Unary<process.ExecWriteRequest, environment.Empty>;
  readonly ExecCloseInput: Unary<process.ProcessRequest, environment.Empty>;
  readonly ExecSignal: Unary<process.ExecSignalRequest, environment.Empty>;
  readonly ExecResize: Unary<process.ExecResizeRequest, environment.Empty>;
  readonly ExecList: Unary<environment.InstanceRequest, process.ExecListResponse>;
  readonly FilesStat: Unary<file.WireFileRequest, FileEntry>;
  readonly FilesList: Streamed<file.FilesListRequest, FileEntry>;
  readonly FilesRead: Streamed<file.FilesReadRequest, file.Chunk>;
  readonly FilesWrite: Unary<file.FilesWriteRequest, FileEntry>;
  readonly FilesMakeFolder: Unary<file.FilesMakeFolderRequest, FileEntry>;
  readonly FilesMove: Unary<file.FilesMoveRequest, FileEntry>;
  readonly FilesDelete: Unary<file.WireFileRequest, environment.Empty>;
  readonly FilesWatch: Streamed<file.FilesWatchRequest, FileChange>;
  readonly Expose: Unary<machine.WireServeRequest, Endpoint>;
  readonly Withdraw: Unary<machine.WireServeRequest, environment.Empty>;
  readonly SetEgress: Unary<machine.SetEgressRequest, environment.Empty>;
  readonly Pause: Unary<environment.InstanceRequest, environment.Empty>;
  readonly Resume: Unary<environment.InstanceRequest, environment.Empty>;
  readonly Capture: Unary<machine.WireCaptureRequest, SnapshotManifest>;
  readonly Assess: Unary<machine.AssessRequest, machine.AssessResponse>;
  readonly ListVolumes: Streamed<environment.Empty, machine.VolumeRef>;
  readonly EraseVolume: Unary<machine.VolumeRef, environment.Empty>;
  readonly Resize: Unary<machine.ResizeRequest, Caps>;
  readonly Observe: Streamed<facet.ObserveRequest, Observation>;
}

/** What a plug-in asks of its host. */
export interface HostOperations {
  readonly ReadBlob: Unary<host.ReadBlobRequest, file.Chunk>;
  readonly CacheGet: Unary<host.CacheGetRequest, host.CacheGetResponse>;
  readonly CachePut: Unary<host.CachePutRequest, environment.Empty>;
  readonly Now: Unary<environment.Empty, host.NowResponse>;
  readonly RandomBytes: Unary<host.RandomBytesRequest, file.Chunk>;
  readonly WriteLog: Unary<host.WriteLogRequest, environment.Empty>;
  readonly LoadState: Unary<host.LoadStateRequest, host.LoadStateResponse>;
  readonly CallGuest: Unary<host.CallGuestRequest, CrossOutcome>;
  readonly PullBody: Streamed<host.PullBodyRequest, file.Chunk>;
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
