import type { IncomingMessage, ServerResponse } from "node:http";
import { apiErrorOf, asConnectError, Filesystem, Process } from "@bedplate/e2b";
import { toFault } from "@bedplate/errors";
import {
  ConnectError,
  type ConnectRouter,
  createContextValues,
  type Interceptor,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ReachedSandbox } from "../sandbox-gate.ts";
import { sandboxMetric } from "../sandbox-metric.ts";
import { sendError, sendJson } from "../send.ts";
import { basicUser } from "./envd-request.ts";
import { entryOf, fileOperation } from "./envd-tokens.ts";
import { sendFile } from "./file-download.ts";
import { receiveFiles } from "./file-upload.ts";
import { filesystemService } from "./filesystem-service.ts";
import { processService } from "./process-service.ts";
import { defaultUser, type EnvdCall, envdRequestKey, streamTimeoutMs } from "./sandbox-use.ts";
import type { Watchers } from "./watchers.ts";

/** Longest message of Connect. */
const messageBytesMax = 16 * 1024 * 1024;

/** One request for the port at which a sandbox's processes and files are served. */
export interface EnvdExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sandbox: ReachedSandbox;
}

/** Answers for every sandbox's own port. */
export class EnvdFront {
  readonly #connect: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #asked = new WeakMap<object, EnvdCall>();

  constructor(watchers: Watchers) {
    this.#connect = connectNodeAdapter({
      routes: (router) => addServices(router, watchers),
      contextValues: (request) =>
        createContextValues().set(envdRequestKey, this.#asked.get(request)),
      interceptors: [wordFaults],
      readMaxBytes: messageBytesMax,
      maxTimeoutMs: streamTimeoutMs,
      grpc: false,
      grpcWeb: false,
    });
  }

  async answer(exchange: EnvdExchange): Promise<void> {
    const { request, response, sandbox } = exchange;
    const url = new URL(request.url ?? "/", "http://sandbox");
    if (url.pathname === "/health") return void response.writeHead(204).end();
    const entry = entryOf(request, sandbox);
    if (entry.refusal !== undefined) return sendError(response, entry.refusal);
    if (url.pathname === "/files") return this.#files(exchange, { url, isOwner: entry.isOwner });
    if (url.pathname === "/metrics") return sendJson(response, 200, await metricsOf(sandbox));
    if (url.pathname === "/envs") return sendJson(response, 200, sandbox.env);
    const user = basicUser(request.headers.authorization) ?? defaultUser;
    this.#asked.set(request, { use: sandbox.use, user, cut: () => response.destroy() });
    this.#connect(request, response);
  }

  async #files(
    exchange: EnvdExchange,
    { url, isOwner }: { readonly url: URL; readonly isOwner: boolean },
  ): Promise<void> {
    const { request, response, sandbox } = exchange;
    const operation = fileOperation(request);
    // A signature is for the user of the URL: a header makes nobody else of who holds it.
    const other = isOwner ? basicUser(request.headers.authorization) : undefined;
    const named = url.searchParams.get("username") ?? other;
    const asked = { use: sandbox.use, user: named || defaultUser };
    const path = url.searchParams.get("path") ?? undefined;
    try {
      if (operation === "write") {
        return sendJson(response, 200, await receiveFiles(request, { path, asked }));
      }
      await sendFile(exchange, { path: path ?? "", asked });
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const answer = apiErrorOf(error, "e2b.files");
      sendError(response, answer.code === 429 ? { ...answer, code: 507 } : answer);
    }
  }
}

function addServices(router: ConnectRouter, watchers: Watchers): void {
  router.service(Process, processService);
  router.service(Filesystem, filesystemService(watchers));
}

/** What the domain throws is told as Connect tells errors, in the middle of a stream as well. */
const wordFaults: Interceptor = (next) => async (request) => {
  try {
    const answer = await next(request);
    if (!answer.stream) return answer;
    const cut = request.contextValues.get(envdRequestKey)?.cut;
    return { ...answer, message: worded(answer.message, cut) };
  } catch (error) {
    throw asConnectError(error, "e2b.envd");
  }
};

async function* worded<T>(
  messages: AsyncIterable<T>,
  cut: (() => void) | undefined,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    if (isGone(error)) cut?.();
    throw asConnectError(error, "e2b.envd");
  }
}

/**
 * Whether a stream broke because its sandbox ends, or with it. Clients take only a lost connection for
 * that: then they ask for the sandbox's health.
 */
function isGone(error: unknown): boolean {
  if (error instanceof ConnectError) return false;
  const { kind, code } = toFault(error, "e2b.envd");
  return kind === "unavailable" || kind === "internal" || code === "phase.illegal";
}

async function metricsOf(sandbox: ReachedSandbox): Promise<object> {
  const metric = sandboxMetric(await sandbox.status());
  return {
    ts: metric.timestampUnix,
    cpu_count: metric.cpuCount,
    cpu_used_pct: metric.cpuUsedPct,
    mem_used: metric.memUsed,
    mem_total: metric.memTotal,
    disk_used: metric.diskUsed,
    disk_total: metric.diskTotal,
  };
}
