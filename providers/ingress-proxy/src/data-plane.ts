import {
  type IncomingMessage,
  type ServerResponse as Response,
  type Server,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { type IngressFault, probeHeaders } from "@bedplate/ingress";
import { type AdmissionContext, admit } from "./admission.ts";
import { answerFault, answerRedirect, rawFault } from "./answer-fault.ts";
import { listen, makeServer, portOf } from "./client-server.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import { Exchange } from "./exchange.ts";
import type { LiveRoute } from "./live-route.ts";
import type { Upstream } from "./upstream.ts";

/** What the data plane is made of. */
export interface DataPlaneOptions extends Omit<AdmissionContext, "publicTlsPort"> {
  readonly host: string;
  readonly port: number;
  /** Where TLS is spoken, with the certificates. */
  readonly tlsPort: number;
  /** Where clients reach that; absent: there too. */
  readonly publicTlsPort?: number | undefined;
  readonly upstream: Upstream;
  readonly health: EndpointHealth;
  readonly mirrorBodyBytesMax: number;
  /** The longest that a client may take to send its header lines. */
  readonly headersMs: number;
  /** How long open requests may last when it closes. */
  readonly graceMs: number;
}

/** Listens to clients, and sends their requests where the routes say. */
export class DataPlane implements AsyncDisposable {
  readonly #options: DataPlaneOptions;
  readonly #admission: AdmissionContext;
  readonly #plain: Server;
  readonly #tls: Server | undefined;
  /** Connections that have an answer under way: nothing else may be written to them. */
  readonly #busy = new WeakSet<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #tunnels = new Set<Socket>();

  private constructor(options: DataPlaneOptions) {
    this.#options = options;
    const { certificates, publicTlsPort } = options;
    this.#plain = makeServer(options);
    this.#tls = certificates && makeServer(options, certificates);
    this.#admission = { ...options, publicTlsPort: () => publicTlsPort ?? this.tlsPort ?? 443 };
  }

  /** Resolves when it listens. */
  static async open(options: DataPlaneOptions): Promise<DataPlane> {
    const plane = new DataPlane(options);
    const { host, port, tlsPort } = options;
    for (const server of plane.#servers) plane.#bind(server);
    await listen(plane.#plain, { host, port });
    if (plane.#tls === undefined) return plane;
    try {
      await listen(plane.#tls, { host, port: tlsPort });
    } catch (error) {
      plane.#plain.close();
      throw error;
    }
    return plane;
  }

  get port(): number {
    return portOf(this.#plain);
  }

  /** Absent where it speaks no TLS. */
  get tlsPort(): number | undefined {
    return this.#tls && portOf(this.#tls);
  }

  /** Stops listening, gives open requests their time, and ends what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((each) => new Promise((resolve) => each.close(resolve)));
    for (const server of this.#servers) server.closeIdleConnections();
    for (const socket of this.#tunnels) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#options.graceMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  get #servers(): readonly Server[] {
    return this.#tls === undefined ? [this.#plain] : [this.#plain, this.#tls];
  }

  #bind(server: Server): void {
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

  #handle(
    request: IncomingMessage,
    response: Response,
    { isWaiting = false, upgradeHead }: HandleOptions = {},
  ): void {
    const { socket } = request;
    this.#busy.add(socket);
    response.once("close", () => this.#busy.delete(socket));
    const admission = admit(request, this.#admission);
    if (admission.kind === "refused") answerFault(request, response, admission.fault);
    else if (admission.kind === "probe") answerProbe(response, admission.route);
    else if (admission.kind === "redirected") answerRedirect(request, response, admission.location);
    else if (admission.kind === "ended") socket.destroy();
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
    // What is no error of the parser is one of the connection, or of its handshake.
    const isRead = /^(HPE_|ERR_HTTP_)/.test(error.code ?? "");
    if (!isRead || !socket.writable || this.#busy.has(socket)) {
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
