import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { apiErrorOf, envdPort, type SandboxAddress, sandboxAddressOf } from "@bedplate/e2b";
import type { Log } from "@bedplate/telemetry";
import { EnvdFront, grantOf } from "./envd/envd-front.ts";
import { Watchers } from "./envd/watchers.ts";
import { InterpreterFront, interpreterPort } from "./interpreter/interpreter-front.ts";
import { passRequest, passUpgrade } from "./ports/port-proxy.ts";
import type { SandboxGate } from "./sandbox-gate.ts";
import { sendError, sendJson } from "./send.ts";

/** What the front door is built from. */
export interface FrontModules {
  readonly gate: SandboxGate;
  /** Answers what is for no sandbox: the control API. */
  readonly control: (request: IncomingMessage, response: ServerResponse) => void;
  readonly log: Log;
}

/** One door for the control API, the sandboxes' own port and the ports of their programs. */
export class SandboxFront implements Disposable {
  readonly #modules: FrontModules;
  readonly #watchers = new Watchers();
  readonly #envd = new EnvdFront(this.#watchers);
  readonly #interpreter = new InterpreterFront();

  constructor(modules: FrontModules) {
    this.#modules = modules;
  }

  /** Answers one request. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const address = addressOf(request) ?? (await this.#signedAddress(request));
      if (address === undefined) this.#modules.control(request, response);
      else await this.#toSandbox(address, { request, response });
    } catch (error) {
      const answer = apiErrorOf(error, "e2b.front");
      if (answer.code >= 500) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : "unknown";
        this.#modules.log.error("sandbox request failed", { reason });
      }
      if (response.headersSent) response.destroy();
      else sendError(response, answer);
    }
  }

  /** Answers a request to go on as something else than HTTP. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    try {
      const address = addressOf(request);
      const sandbox = address && (await this.#modules.gate.reach(address.sandboxId));
      if (address === undefined || sandbox === undefined || address.port === envdPort) {
        socket.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      await passUpgrade({ request, sandbox, port: address.port }, { socket, head });
    } catch {
      socket.destroy();
    }
  }

  [Symbol.dispose](): void {
    this.#watchers[Symbol.dispose]();
  }

  async #toSandbox(
    { sandboxId, port }: SandboxAddress,
    exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  ): Promise<void> {
    const { request, response } = exchange;
    const isEnvd = port === envdPort;
    if (isEnvd && request.method === "OPTIONS") return allowOrigins(response);
    const sandbox = await this.#modules.gate.reach(sandboxId);
    if (sandbox === undefined) return sendJson(response, 502, notFound(sandboxId));
    if (port === interpreterPort && sandbox.hasInterpreter) {
      return this.#interpreter.answer({ ...exchange, sandbox });
    }
    if (!isEnvd) return passRequest({ request, sandbox, port }, response);
    response.setHeader("access-control-allow-origin", "*");
    await this.#envd.answer({ request, response, sandbox });
  }

  /** Where clients use one URL for all sandboxes, a signed URL names none: its signature does. */
  async #signedAddress(request: IncomingMessage): Promise<SandboxAddress | undefined> {
    const url = new URL(request.url ?? "/", "http://sandbox");
    const signature = url.searchParams.get("signature");
    if (url.pathname !== "/files" || signature === null) return undefined;
    const grant = grantOf(url, request.method === "GET" ? "read" : "write");
    const sandboxId = await this.#modules.gate.findSigned({ signature, grant });
    return sandboxId === undefined ? undefined : { sandboxId, port: envdPort };
  }
}

function addressOf({ headers }: IncomingMessage): SandboxAddress | undefined {
  return sandboxAddressOf(headers.host ?? "", (name) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  });
}

function notFound(sandboxId: string): object {
  return { sandboxId, message: "The sandbox was not found", code: 502 };
}

/** Browsers ask first; tokens, not origins, decide who may. */
function allowOrigins(response: ServerResponse): void {
  response.writeHead(204, {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "7200",
  });
  response.end();
}
