import type { IncomingMessage, ServerResponse } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { apiErrorOf } from "@bedplate/e2b";
import { isFault, raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { hasTrafficToken, noTrafficToken } from "../ports/traffic-token.ts";
import type { ReachedSandbox } from "../sandbox-gate.ts";
import { sendError, sendJson } from "../send.ts";
import { CodeContexts } from "./contexts.ts";

/** The port at which a sandbox's interpreter is served. */
export const interpreterPort = 49_999;

/** How often a silent snippet says that it lives. */
const keepaliveMs = 5_000;

/** Longest request. */
const bodyBytesMax = 16 * 1024 * 1024;

/** Most sandboxes whose kernels are remembered. */
const sandboxesMax = 10_000;

interface ExecuteRequest {
  readonly code: string;
  readonly context_id?: string | undefined;
  readonly language?: string | undefined;
  readonly env_vars?: Readonly<Record<string, string>> | undefined;
}

const executeSchema: Schema<ExecuteRequest> = defineSchema(
  Type.Object({
    code: Type.String(),
    context_id: Type.Optional(Type.String({ maxLength: 128 })),
    language: Type.Optional(Type.String({ maxLength: 64 })),
    env_vars: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 256 })),
  }),
);

interface ContextRequest {
  readonly language?: string | undefined;
  readonly cwd?: string | undefined;
}

const contextSchema: Schema<ContextRequest> = defineSchema(
  Type.Object({
    language: Type.Optional(Type.String({ maxLength: 64 })),
    cwd: Type.Optional(Type.String({ maxLength: 4096 })),
  }),
);

/** One request for the interpreter of a sandbox. */
export interface InterpreterExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sandbox: ReachedSandbox;
}

/** Runs snippets of code in sandboxes, each context in a process of its own. */
export class InterpreterFront {
  readonly #contexts = new Map<string, CodeContexts>();

  async answer(exchange: InterpreterExchange): Promise<void> {
    const { request, response, sandbox } = exchange;
    if (!hasTrafficToken(request, sandbox)) return sendError(response, noTrafficToken);
    try {
      await this.#answer(exchange, this.#contextsOf(sandbox.use.sandboxId));
    } catch (error) {
      const isGone = isFault(error, "phase.illegal") || isFault(error, "resource.closed");
      if (isGone || response.headersSent) return void response.destroy();
      sendError(response, apiErrorOf(error, "e2b.interpreter"));
    } finally {
      request.resume();
    }
  }

  async #answer(exchange: InterpreterExchange, contexts: CodeContexts): Promise<void> {
    const { request, response, sandbox } = exchange;
    const { use } = sandbox;
    const { pathname } = new URL(request.url ?? "/", "http://sandbox");
    const [, id = "", action = ""] =
      /^\/contexts\/([A-Za-z0-9-]{1,128})(\/restart)?$/.exec(pathname) ?? [];
    const route = `${request.method} ${id === "" ? pathname : `/contexts/id${action}`}`;
    if (route === "GET /health") return sendJson(response, 200, "OK");
    if (route === "POST /execute") return execute(exchange, contexts);
    if (route === "GET /contexts") return sendJson(response, 200, await contexts.list(use));
    if (route === "POST /contexts") {
      const asked = await readBody(request, contextSchema);
      return sendJson(response, 200, await contexts.create(use, asked));
    }
    if (route === "DELETE /contexts/id") {
      await contexts.remove(use, id);
      return void response.writeHead(204).end();
    }
    if (route === "POST /contexts/id/restart") {
      await contexts.restart(use, id);
      return void response.writeHead(204).end();
    }
    sendError(response, { code: 404, message: "Cannot find this route" });
  }

  #contextsOf(sandboxId: string): CodeContexts {
    const known = this.#contexts.get(sandboxId);
    if (known !== undefined) return known;
    if (this.#contexts.size >= sandboxesMax) this.#contexts.clear();
    const made = new CodeContexts();
    this.#contexts.set(sandboxId, made);
    return made;
  }
}

/** Writes the messages of a snippet, one a line, until it ends or nobody reads. */
async function execute(exchange: InterpreterExchange, contexts: CodeContexts): Promise<void> {
  const { request, response, sandbox } = exchange;
  const asked = await readBody(request, executeSchema);
  const { context_id: id, language, env_vars: env = {} } = asked;
  if (id !== undefined && language !== undefined)
    throw invalid("/language", "is there beside a context");
  const left = new AbortController();
  response.once("close", () => left.abort());
  const { kernel, language: spoken } = await contexts.kernel(sandbox.use, { id, language });
  const code = spoken === "typescript" ? stripped(asked.code) : asked.code;
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  response.flushHeaders();
  const write = (line: string) => response.write(`${line}\n`);
  const timer = setInterval(() => write('{"type":"keepalive"}'), keepaliveMs);
  try {
    for await (const line of kernel.run({ code, env }, left.signal)) {
      if (!write(line) && !left.signal.aborted) await drained(response, left.signal);
    }
  } finally {
    clearInterval(timer);
  }
  response.end();
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What is no TypeScript goes on as it is: the kernel says what is wrong with it. */
function stripped(code: string): string {
  try {
    return stripTypeScriptTypes(code, { mode: "strip" });
  } catch {
    return code;
  }
}

async function readBody<T>(request: IncomingMessage, schema: Schema<T>): Promise<T> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bodyBytesMax) throw invalid("", `must have at most ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  const value = parse(Buffer.concat(chunks).toString("utf8") || "{}");
  const given = Object.entries(value as object).filter(([, each]) => each !== null);
  return schema.parse(Object.fromEntries(given), { what: "the request", op: "e2b.interpreter" });
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw invalid("", "must be a JSON object");
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "e2b.interpreter",
    detail: { path, rule },
    message: `Cannot read the request: ${path || "it"} ${rule}`,
  });
}
