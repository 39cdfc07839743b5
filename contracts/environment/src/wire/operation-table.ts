import type { Schema } from "@bedplate/schema";
import type { FacetName } from "../facets/facet-spec.ts";
import type { PortOf } from "../host-port.ts";
import * as environment from "./environment-messages.ts";
import * as facet from "./facet-messages.ts";
import * as file from "./file-messages.ts";
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
import * as process from "./process-messages.ts";
import {
  exitSchema,
  handleSchema,
  snapshotManifestSchema,
  statusSchema,
  wireCapsSchema,
} from "./value-schemas.ts";

interface Extras {
  readonly isKeyed?: true;
  readonly facet?: FacetName;
  readonly permission?: keyof PortOf;
  readonly notice?: Schema<unknown>;
}

const keyed = { isKeyed: true } as const;
const of = <F extends FacetName>(name: F) => ({ facet: name });
const keyedOf = <F extends FacetName>(name: F) => ({ ...of(name), ...keyed });
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
const { processRequestSchema: processRef } = process;
const { fileEntrySchema: entry, fileRequestSchema: fileRef } = file;

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
  Check: unary(facet.checkRequestSchema, facet.checkResponseSchema, of("invoke")),
  Mark: unary(instance, facet.markSchema, of("rewind")),
  Rewind: unary(facet.markRequestSchema, empty, of("rewind")),
  Settle: unary(facet.markRequestSchema, empty, of("rewind")),
  Digest: unary(instance, facet.digestResponseSchema, of("rewind")),
  ExecStart: unary(process.execStartRequestSchema, process.processSchema, keyedOf("exec")),
  ExecOutput: streamed(process.execOutputRequestSchema, process.processOutputSchema, of("exec")),
  ExecWait: unary(processRef, exitSchema, of("exec")),
  ExecWrite: unary(process.execWriteRequestSchema, empty, of("exec")),
  ExecCloseInput: unary(processRef, empty, of("exec")),
  ExecSignal: unary(process.execSignalRequestSchema, empty, of("exec")),
  ExecResize: unary(process.execResizeRequestSchema, empty, of("exec")),
  ExecList: unary(instance, process.execListResponseSchema, of("exec")),
  FilesStat: unary(fileRef, entry, of("files")),
  FilesList: streamed(file.filesListRequestSchema, entry, of("files")),
  FilesRead: streamed(file.filesReadRequestSchema, file.chunkSchema, of("files")),
  FilesWrite: unary(file.filesWriteRequestSchema, entry, keyedOf("files")),
  FilesMakeFolder: unary(file.filesMakeFolderRequestSchema, entry, keyedOf("files")),
  FilesMove: unary(file.filesMoveRequestSchema, entry, keyedOf("files")),
  FilesDelete: unary(fileRef, empty, keyedOf("files")),
  FilesWatch: streamed(file.filesWatchRequestSchema, file.fileChangeSchema, of("files")),
  Expose: unary(machine.serveRequestSchema, machine.endpointSchema, keyedOf("serve")),
  Withdraw: unary(machine.serveRequestSchema, empty, keyedOf("serve")),
  SetEgress: unary(machine.setEgressRequestSchema, empty, keyedOf("egress")),
  Pause: unary(instance, empty, keyedOf("pause")),
  Resume: unary(instance, empty, keyedOf("pause")),
  Capture: unary(machine.captureRequestSchema, snapshotManifestSchema, keyedOf("snapshot")),
  Assess: unary(machine.assessRequestSchema, machine.assessResponseSchema, of("snapshot")),
  ListVolumes: streamed(empty, machine.volumeRefSchema, of("exec")),
  EraseVolume: unary(machine.volumeRefSchema, empty, keyedOf("exec")),
  Resize: unary(machine.resizeRequestSchema, wireCapsSchema, keyedOf("resize")),
  Observe: streamed(facet.observeRequestSchema, facet.observationSchema, of("observe")),
};

/** What a plug-in asks of its host; without the permission an operation does not exist for it. */
export const hostOperations: {
  readonly [O in keyof HostOperations]: OperationEntry<HostOperations[O]>;
} = {
  ReadBlob: unary(host.readBlobRequestSchema, file.chunkSchema, needs("blob:read")),
  CacheGet: unary(host.cacheGetRequestSchema, host.cacheGetResponseSchema, needs("cache")),
  CachePut: unary(host.cachePutRequestSchema, empty, needs("cache")),
  Now: unary(empty, host.nowResponseSchema, needs("clock")),
  RandomBytes: unary(host.randomBytesRequestSchema, file.chunkSchema, needs("random")),
  WriteLog: unary(host.writeLogRequestSchema, empty, needs("log")),
  // These four answer only for a run, a body or a sink that this host handed out.
  LoadState: unary(host.loadStateRequestSchema, host.loadStateResponseSchema),
  CallGuest: unary(host.callGuestRequestSchema, facet.crossOutcomeSchema),
  PullBody: streamed(host.pullBodyRequestSchema, file.chunkSchema),
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
