import {
  createServer,
  type IncomingMessage,
  type ServerResponse as Response,
  type Server,
  ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type IngressFault, probeHeaders } from "@bedplate/ingress";
import { type AdmissionContext, admit } from "./admission.ts";
import { answerFault, rawFault } from "./answer-fault.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import { Exchange } from "./exchange.ts";
import type { LiveRoute } from "./live-route.ts";
import type { Upstream } from "./upstream.ts";

/** What the data plane is made of. */
export interface DataPlaneOptions extends AdmissionContext {
  readonly host: string;
  readonly port: number;
  readonly upstream: Upstream;
  readonly health: EndpointHealth;
  readonly mirrorBodyBytesMax: number;
  /** The longest that a client may take to send its header lines. */
  readonly headersMs: number;
  /** How long open requests may last when it closes. */
  readonly graceMs: number;
}

/** The request line counts as headers for the parser, and not for us. */
const requestLineBytesMax = 8 * 1024;

/** Listens to clients, and sends their requests where the routes say. */
export class DataPlane implements AsyncDisposable {
  readonly #options: DataPlaneOptions;
  readonly #server: Server;
  /** Connections that have an answer under way: nothing else may be written to them. */
  readonly #busy = new WeakSet<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #tunnels = new Set<Socket>();

  private constructor(options: DataPlaneOptions) {
    this.#options = options;
    this.#server = createServer({
      maxHeaderSize: options.headerBytesMax + requestLineBytesMax,
      insecureHTTPParser: false,
      headersTimeout: options.headersMs,
      // Bodies may take as long as they go on: `timeoutMs` of the route bounds their silence.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.ceil(options.headersMs / 4),
      noDelay: true,
      shouldUpgradeCallback: isWebSocket,
    });
    // Too many headers are refused by their bytes; a count would drop some without a word.
    this.#server.maxHeadersCount = 0;
  }

  /** Resolves when it listens. */
  static async open(options: DataPlaneOptions): Promise<DataPlane> {
    const plane = new DataPlane(options);
    plane.#bind();
    await plane.#listen();
    return plane;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening, gives open requests their time, and ends what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    for (const socket of this.#tunnels) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#options.graceMs);
    await closed;
    clearTimeout(timer);
  }

  #bind(): void {
    const server = this.#server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request, response) => this.#handle(request, response));
    server.on("checkContinue", (request: IncomingMessage, response: Response) => {
      this.#handle(request, response, { isWaiting: true });
    });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.removeListener("error", reject);
        resolve();
      });
    });
  }

  #handle(
    request: IncomingMessage,
    response: Response,
    { isWaiting = false, upgradeHead }: HandleOptions = {},
  ): void {
    const { socket } = request;
    this.#busy.add(socket);
    response.once("close", () => this.#busy.delete(socket));
    const admission = admit(request, this.#options);
    if (admission.kind === "refused") answerFault(request, response, admission.fault);
    else if (admission.kind === "probe") answerProbe(response, admission.route);
    else {
      if (isWaiting) response.writeContinue();
      const { route, headers } = admission;
      new Exchange({ ...this.#options, request, response, route, headers, upgradeHead }).begin();
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    // The server would do this for a request of its own: what is not switched ends with its answer.
    response.once("finish", () => socket.end());
    this.#handle(request, response, { upgradeHead: head });
  }

  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === "ECONNRESET" || !socket.writable || this.#busy.has(socket)) {
      socket.destroy();
      return;
    }
    socket.end(rawFault(faultOf(error.code)), () => socket.destroy());
  }
}

interface HandleOptions {
  /** The client waits for leave to send its body. */
  readonly isWaiting?: boolean | undefined;
  readonly upgradeHead?: Buffer | undefined;
}

/** Other protocols are not switched to: their requests are answered as if they had not asked. */
function isWebSocket({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

function answerProbe(response: Response, { name, generation }: LiveRoute): void {
  response.writeHead(200, {
    [probeHeaders.route]: name,
    [probeHeaders.generation]: String(generation),
    "content-length": 0,
  });
  response.end();
}

function faultOf(code: string | undefined): IngressFault {
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-long";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "request-timeout" : "malformed-request";
}
