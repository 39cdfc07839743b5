import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { raise } from "@bedplate/errors";
import { type ChannelServer, openRequestsMax, type ServeContext } from "../channel.ts";
import { fromJson, toJson } from "../json-codec.ts";
import { operationName } from "../operation-name.ts";
import { hostOperations, operationEntry, pluginOperations } from "../operation-table.ts";
import type { OperationEntry, WireOperation } from "../operations.ts";
import { fromHeaders } from "./connect-call.ts";
import { serviceNames } from "./connect-client.ts";
import { toConnectError } from "./connect-error.ts";
import { parseJson, readBody, readEnvelopes, writeEnvelope } from "./envelope.ts";

export interface ConnectServerOptions {
  readonly side: "plugin" | "host";
  /** Who does not send it as a bearer token is refused. Default: the socket's folder guards it. */
  readonly token?: string | undefined;
  readonly now?: (() => number) | undefined;
}

/** Answers over the Connect protocol what `server` answers. The caller listens with what it gets. */
export function createConnectServer(
  server: () => Promise<ChannelServer>,
  options: ConnectServerOptions,
): Server {
  let open = 0;
  const http = createServer((request, response) => {
    open++;
    response.on("close", () => open--);
    const isBusy = open > openRequestsMax;
    answer(server, { request, response, options, isBusy }).catch(() => response.destroy());
  });
  // A stream may stay silent for as long as it likes.
  http.requestTimeout = 0;
  http.timeout = 0;
  return http;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: ConnectServerOptions;
  readonly isBusy: boolean;
}

async function answer(server: () => Promise<ChannelServer>, exchange: Exchange): Promise<void> {
  const { request, response, options } = exchange;
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  const operation = operationOf(request, options.side);
  try {
    admit(exchange);
    const { now = Date.now } = options;
    const call = fromHeaders(request.headers, controller.signal, now());
    const entry = knownEntry(operation, options.side);
    const isStream = entry.kind === "stream" || entry.notice !== undefined;
    const schema = entry.request.jsonSchema;
    if (!isStream) {
      const message = fromJson(schema, parseJson(await readBody(request)));
      const context = { call, notify: () => {} };
      const answered = await (await server()).request(operation, message, context);
      writeJson(response, 200, toJson(answered));
      return;
    }
    const message = fromJson(schema, await onlyEnvelope(request));
    response.writeHead(200, { "content-type": "application/connect+json" });
    response.flushHeaders();
    await writeStream(await server(), { operation, message, call, response, entry });
  } catch (error) {
    if (!controller.signal.aborted) refuse(response, error, operation);
  }
}

function refuse(response: ServerResponse, thrown: unknown, operation: string): void {
  const { status, error } = toConnectError(thrown, operationName(operation));
  if (!response.headersSent) writeJson(response, status, error);
  else response.end(writeEnvelope({ isEnd: true, value: { error } }));
}

interface Streaming {
  readonly operation: string;
  readonly message: unknown;
  readonly call: ServeContext["call"];
  readonly response: ServerResponse;
  readonly entry: OperationEntry<unknown>;
}

async function writeStream(server: ChannelServer, streaming: Streaming): Promise<void> {
  const { operation, message, call, response, entry } = streaming;
  const write = (value: unknown) =>
    response.write(writeEnvelope({ isEnd: false, value: toJson(value) }));
  const context: ServeContext = { call, notify: (notice) => void write({ notice }) };
  if (entry.kind === "unary") {
    write({ answer: await server.request(operation, message, context) });
  } else {
    for await (const item of server.stream(operation, message, context)) {
      if (!write(item)) await drained(response, call.signal);
      if (call.signal.aborted) return;
    }
  }
  response.end(writeEnvelope({ isEnd: true, value: {} }));
}

/** The socket's own window is the stream's flow control. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

async function onlyEnvelope(request: IncomingMessage): Promise<unknown> {
  for await (const { value } of readEnvelopes(request)) return value;
  return {};
}

function operationOf({ url = "" }: IncomingMessage, side: "plugin" | "host"): string {
  const prefix = `/${serviceNames[side]}/`;
  return url.startsWith(prefix) ? url.slice(prefix.length) : "";
}

function knownEntry(operation: string, side: "plugin" | "host"): OperationEntry<unknown> {
  const table = side === "plugin" ? pluginOperations : hostOperations;
  if (Object.hasOwn(table, operation)) {
    return operationEntry(operation as WireOperation) as unknown as OperationEntry<unknown>;
  }
  throw raise("capability.undeclared", {
    op: "wire.receive",
    detail: { facet: operation.slice(0, 64) },
    message: "Cannot do the operation: it is not known here",
  });
}

function admit({ request, options, isBusy }: Exchange): void {
  if (isBusy) {
    throw raise("quota.exceeded", {
      op: "wire.receive",
      detail: { meter: "openRequests", limit: openRequestsMax, asked: openRequestsMax + 1 },
      message: `Cannot answer: ${openRequestsMax} requests are open already`,
    });
  }
  const { token } = options;
  if (token === undefined || isSame(request.headers.authorization ?? "", `Bearer ${token}`)) return;
  throw raise("key.invalid", {
    op: "wire.receive",
    detail: { reason: "no valid token" },
    message: "Cannot answer: the token is missing or wrong",
  });
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
