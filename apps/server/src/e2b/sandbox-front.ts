import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { apiErrorOf, envdPort, type SandboxAddress, sandboxAddressOf } from "@bedplate/e2b";
import type { Log } from "@bedplate/telemetry";
import { EnvdFront } from "./envd/envd-front.ts";
import { entryOf, fileOperation, grantOf } from "./envd/envd-tokens.ts";
import { Watchers } from "./envd/watchers.ts";
import { InterpreterFront, interpreterPort } from "./interpreter/interpreter-front.ts";
import { endWith, passRequest, passUpgrade } from "./ports/port-proxy.ts";
import { hasTrafficToken, noTrafficToken } from "./ports/traffic-token.ts";
import type { KnownSandbox, SandboxGate } from "./sandbox-gate.ts";
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
      if (address === undefined || address.port === envdPort)
        return endWith(socket, "502 Bad Gateway");
      const { gate } = this.#modules;
      const known = await gate.look(address.sandboxId);
      if (known !== undefined && !hasTrafficToken(request, known))
        return endWith(socket, "403 Forbidden");
      const sandbox = known && (await gate.reach(address.sandboxId));
      if (sandbox === undefined) return endWith(socket, "502 Bad Gateway");
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
    // Only who may use a sandbox wakes it: that is at its owner's cost.
    const known = await this.#modules.gate.look(sandboxId);
    const refusal = known && refusalOf(request, { port, known });
    if (refusal !== undefined) return sendError(response, refusal);
    const isAsleep = known === undefined || (isEnvd && isStranger(request, known));
    const sandbox = isAsleep ? undefined : await this.#modules.gate.reach(sandboxId);
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
    const grant = grantOf(url, fileOperation(request));
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

/** What a request is told that does not show what its port asks for. */
function refusalOf(
  request: IncomingMessage,
  { port, known }: { readonly port: number; readonly known: KnownSandbox },
) {
  if (port !== envdPort) return hasTrafficToken(request, known) ? undefined : noTrafficToken;
  return isForHealth(request) ? undefined : entryOf(request, known).refusal;
}

/** Anyone may ask whether a sandbox runs; who has no token does not have it run by that. */
function isStranger(request: IncomingMessage, known: KnownSandbox): boolean {
  return !known.isRunning && isForHealth(request) && !entryOf(request, known).isOwner;
}

function isForHealth({ url }: IncomingMessage): boolean {
  return new URL(url ?? "/", "http://sandbox").pathname === "/health";
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
