import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { type FaultError, isFault, raise } from "@bedplate/errors";
import type { Call } from "../../call.ts";
import { messageBytesMax, openRequestsMax, type RequestOptions } from "../channel.ts";
import { fromJson, toJson } from "../json-codec.ts";
import { operationName } from "../operation-name.ts";
import { hostOperations, operationEntry } from "../operation-table.ts";
import type { OperationEntry, WireOperation } from "../operations.ts";
import { packMessage } from "../pack-message.ts";
import { toHeaders } from "./connect-call.ts";
import { fromConnectError } from "./connect-error.ts";
import { type Envelope, parseJson, readBody, readEnvelopes, writeEnvelope } from "./envelope.ts";

export interface ConnectClientOptions {
  readonly socketPath: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  readonly now?: (() => number) | undefined;
}

/** The services of the wire, as the protocol's paths name them. */
export const serviceNames: { readonly plugin: string; readonly host: string } = {
  plugin: "bedplate.environment.v1.Environment",
  host: "bedplate.environment.v1.Host",
};

/** Asks over the Connect protocol: HTTP 1.1 on a Unix socket, messages in JSON. */
export class ConnectClient {
  readonly #options: ConnectClientOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: openRequestsMax });
  readonly #open = new Set<ClientRequest>();
  #broken: FaultError | undefined;

  constructor(options: ConnectClientOptions) {
    this.#options = options;
  }

  async request(operation: string, message: unknown, options: RequestOptions): Promise<unknown> {
    const { call, onNotice } = options;
    const entry = entryOf(operation);
    if (entry.notice !== undefined) return this.#narrated(operation, message, { call, onNotice });
    const body = Buffer.from(JSON.stringify(toJson(packMessage(message))));
    return this.#guarded(operation, call, async () => {
      const response = await this.#send(operation, { call, body, type: "application/json" });
      const answer = parseJson(await readBody(response));
      if (response.statusCode !== 200) throw fromConnectError(answer, operationName(operation));
      return fromJson(entry.response.jsonSchema, answer);
    });
  }

  async *stream(
    operation: string,
    message: unknown,
    { call }: RequestOptions,
  ): AsyncGenerator<unknown> {
    const { response } = entryOf(operation);
    const envelopes = this.#envelopes(operation, message, call);
    try {
      for (;;) {
        const next = await this.#guarded(operation, call, () => envelopes.next());
        if (next.done === true) return;
        yield fromJson(response.jsonSchema, next.value);
      }
    } finally {
      await envelopes.return(undefined);
    }
  }

  /** Fails everything that is open, and every later request. */
  break(reason: FaultError): void {
    this.#broken ??= reason;
    for (const each of this.#open) each.destroy(reason);
    this.#agent.destroy();
  }

  /** An answer with notices before it is a stream of `{notice}` and one `{answer}`. */
  #narrated(operation: string, message: unknown, options: RequestOptions): Promise<unknown> {
    const { call, onNotice } = options;
    const { response, notice } = entryOf(operation);
    return this.#guarded(operation, call, async () => {
      let answer: unknown;
      for await (const value of this.#envelopes(operation, message, call)) {
        const reply = value as { readonly notice?: unknown; readonly answer?: unknown };
        if (reply.notice != null) onNotice?.(fromJson(notice?.jsonSchema ?? {}, reply.notice));
        else answer = reply.answer;
      }
      return fromJson(response.jsonSchema, answer);
    });
  }

  async *#envelopes(operation: string, message: unknown, call: Call): AsyncGenerator<unknown> {
    const value = toJson(packMessage(message));
    const body = writeEnvelope({ isEnd: false, value });
    const response = await this.#send(operation, { call, body, type: "application/connect+json" });
    if (response.statusCode !== 200) {
      const error = parseJson(await readBody(response));
      throw fromConnectError(error, operationName(operation));
    }
    let end: Envelope | undefined;
    try {
      for await (const envelope of readEnvelopes(response, messageBytesMax)) {
        if (envelope.isEnd) end = envelope;
        else yield envelope.value;
      }
    } finally {
      response.destroy();
    }
    const { error } = (end?.value ?? { error: { code: "unavailable" } }) as { error?: unknown };
    if (error != null) throw fromConnectError(error, operationName(operation));
  }

  #send(
    operation: string,
    options: { readonly call: Call; readonly body: Buffer; readonly type: string },
  ): Promise<IncomingMessage> {
    const { call, body, type } = options;
    const { socketPath, token, now = Date.now } = this.#options;
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#open.size >= openRequestsMax) throw tooMany(operation);
    const side = Object.hasOwn(hostOperations, operation) ? "host" : "plugin";
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.#agent,
        socketPath,
        method: "POST",
        path: `/${serviceNames[side]}/${operation}`,
        headers: {
          ...toHeaders(call, now()),
          "content-type": type,
          "content-length": body.length,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        signal: call.signal,
      });
      this.#open.add(sent);
      sent.on("response", resolve);
      sent.on("error", reject);
      sent.on("close", () => this.#open.delete(sent));
      sent.end(body);
    });
  }

  /** Names what Node throws: an abort by the signal's own reason, a broken socket by the break's. */
  async #guarded<T>(operation: string, call: Call, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (this.#broken !== undefined) throw this.#broken;
      if (isFault(error)) throw error;
      throw unreachable(operation, error);
    }
  }
}

function entryOf(operation: string): OperationEntry<unknown> {
  return operationEntry(operation as WireOperation) as unknown as OperationEntry<unknown>;
}

function tooMany(operation: string): FaultError {
  return raise("quota.exceeded", {
    op: operationName(operation),
    detail: { meter: "openRequests", limit: openRequestsMax, asked: openRequestsMax + 1 },
    message: `Cannot send ${operation}: ${openRequestsMax} requests are open already`,
  });
}

function unreachable(operation: string, cause: unknown): FaultError {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  const reason = typeof code === "string" ? code : "the connection broke";
  return raise("plugin.crashed", {
    op: operationName(operation),
    detail: { reason },
    message: `Cannot reach the other side: ${reason}`,
  });
}
