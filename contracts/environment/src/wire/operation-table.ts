import type { Schema } from "@bedplate/schema";
import type { FacetName } from "../facets/facet-spec.ts";
import type { PortOf } from "../host-port.ts";
import * as environment from "./environment-messages.ts";
import * as facet from "./facet-messages.ts";
import * as host from "./host-messages.ts";
import * as machine from "./machine-messages.ts";
import type {
  HostOperations,
  OperationEntry,
  PluginOperations,
  Streamed,
  Unary,
  WireOperation,
  WireOperations,
} from "./operations.ts";
import {
  exitSchema,
  handleSchema,
  snapshotManifestSchema,
  statusSchema,
  wireBudgetSchema,
} from "./value-schemas.ts";

interface Extras {
  readonly isKeyed?: true;
  readonly facet?: FacetName;
  readonly permission?: keyof PortOf;
  readonly notice?: Schema<unknown>;
}

const keyed = { isKeyed: true } as const;
const of = <F extends FacetName>(name: F) => ({ facet: name });
const needs = <P extends keyof PortOf>(permission: P) => ({ permission });

function unary<Q, R>(
  request: Schema<Q>,
  response: Schema<R>,
  extras: Extras = {},
): OperationEntry<Unary<Q, R>> {
  return { kind: "unary", request, response, ...extras };
}

function streamed<Q, R>(
  request: Schema<Q>,
  response: Schema<R>,
  extras: Extras = {},
): OperationEntry<Streamed<Q, R>> {
  return { kind: "stream", request, response, ...extras };
}

const { emptySchema: empty, instanceRequestSchema: instance } = environment;
const { pathRequestSchema: path } = machine;

/** What the host asks of a plug-in: the one source of the wire, its .proto file and its digest. */
export const pluginOperations: {
  readonly [O in keyof PluginOperations]: OperationEntry<PluginOperations[O]>;
} = {
  Describe: unary(empty, environment.describeResponseSchema),
  Open: unary(environment.openRequestSchema, empty),
  Close: unary(empty, empty),
  Fingerprint: streamed(empty, environment.fingerprintSchema),
  Admit: unary(environment.admitRequestSchema, environment.admissionSchema, keyed),
  Create: unary(environment.createRequestSchema, environment.instanceRefSchema, keyed),
  Recover: unary(environment.recoverRequestSchema, environment.recoverResponseSchema),
  Inventory: streamed(empty, handleSchema),
  Start: unary(instance, empty, keyed),
  Status: unary(instance, statusSchema),
  Stop: unary(environment.stopRequestSchema, exitSchema, keyed),
  Release: unary(instance, empty, keyed),
  Run: unary(facet.runRequestSchema, facet.executionSchema, {
    ...of("invoke"),
    notice: facet.eventSchema,
  }),
  Mark: unary(instance, facet.markSchema, of("rewind")),
  Rewind: unary(facet.markRequestSchema, empty, of("rewind")),
  Settle: unary(facet.markRequestSchema, empty, of("rewind")),
  Digest: unary(instance, facet.digestResponseSchema, of("rewind")),
  Exec: unary(machine.execRequestSchema, machine.processRefSchema, of("exec")),
  ExecOutput: streamed(machine.execOutputRequestSchema, machine.chunkSchema, of("exec")),
  ExecExit: unary(machine.processRefSchema, exitSchema, of("exec")),
  ExecResize: unary(machine.execResizeRequestSchema, empty, of("exec")),
  ExecSignal: unary(machine.execSignalRequestSchema, empty, of("exec")),
  FilesRead: streamed(machine.filesReadRequestSchema, machine.chunkSchema, of("files")),
  FilesWrite: unary(machine.filesWriteRequestSchema, empty, { ...of("files"), ...keyed }),
  FilesList: streamed(path, machine.fileEntrySchema, of("files")),
  FilesDelete: unary(path, empty, { ...of("files"), ...keyed }),
  Expose: unary(facet.exposeRequestSchema, facet.endpointSchema, { ...of("serve"), ...keyed }),
  Withdraw: unary(facet.withdrawRequestSchema, empty, { ...of("serve"), ...keyed }),
  Pause: unary(instance, empty, { ...of("pause"), ...keyed }),
  Resume: unary(instance, empty, { ...of("pause"), ...keyed }),
  Capture: unary(facet.captureRequestSchema, snapshotManifestSchema, {
    ...of("snapshot"),
    ...keyed,
  }),
  Assess: unary(facet.assessRequestSchema, facet.assessResponseSchema, of("snapshot")),
  Resize: unary(facet.resizeRequestSchema, wireBudgetSchema, { ...of("resize"), ...keyed }),
  Observe: streamed(facet.observeRequestSchema, facet.observationSchema, of("observe")),
};

/** What a plug-in asks of its host; without the permission an operation does not exist for it. */
export const hostOperations: {
  readonly [O in keyof HostOperations]: OperationEntry<HostOperations[O]>;
} = {
  ReadBlob: unary(host.readBlobRequestSchema, machine.chunkSchema, needs("blob:read")),
  CacheGet: unary(host.cacheGetRequestSchema, host.cacheGetResponseSchema, needs("cache")),
  CachePut: unary(host.cachePutRequestSchema, empty, needs("cache")),
  Now: unary(empty, host.nowResponseSchema, needs("clock")),
  RandomBytes: unary(host.randomBytesRequestSchema, machine.chunkSchema, needs("random")),
  WriteLog: unary(host.writeLogRequestSchema, empty, needs("log")),
  // These four answer only for a run, a body or a sink that this host handed out.
  LoadState: unary(host.loadStateRequestSchema, host.loadStateResponseSchema),
  CallGuest: unary(host.callGuestRequestSchema, facet.crossOutcomeSchema),
  PullBody: streamed(host.pullBodyRequestSchema, machine.chunkSchema),
  PushChunk: unary(host.pushChunkRequestSchema, empty),
};

const everyOperation: Readonly<Record<string, unknown>> = {
  ...pluginOperations,
  ...hostOperations,
};

/** Looks an operation up, whichever side serves it. */
export function operationEntry<O extends WireOperation>(
  operation: O,
): OperationEntry<WireOperations[O]> {
  return everyOperation[operation] as OperationEntry<WireOperations[O]>;
}
