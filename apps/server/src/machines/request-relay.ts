import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { closeServer, OpenSockets } from "../http/open-sockets.ts";
import type { PortUse, PortWanted } from "./machine-dial.ts";
import { connectionsMax, listenOnLoopback, type PortRelay } from "./port-relay.ts";
import { joinSockets } from "./port-tunnel.ts";

/** Headers of one connection, that end with it. */
const hopHeaders: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"],
]);

/** Opens a connection for one request, or for what goes on after an upgrade, unless who asked is gone. */
export type OpenPort = (use: PortWanted["use"], signal: AbortSignal) => Promise<PortUse>;

/**
 * A relay that knows requests: each gets a connection of its own, so that one that comes while the
 * machine moves waits, and goes to where the machine is then.
 */
export async function openRequestRelay(open: OpenPort): Promise<PortRelay> {
  const server = createServer({ requestTimeout: 0, keepAlive: true }, (request, response) => {
    void pass(open, { request, response });
  });
  // Whoever holds the connection closes it: a request must not meet a closing one.
  server.keepAliveTimeout = 0;
  server.maxConnections = connectionsMax;
  const sockets = new OpenSockets(server);
  server.on(
    "upgrade",
    (request, socket, head) => void passUpgrade(open, { request, socket, head }),
  );
  const address = await listenOnLoopback(server);
  return { address, [Symbol.asyncDispose]: () => closeServer(server, { sockets }) };
}

async function pass(
  open: OpenPort,
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { request, response } = exchange;
  response.sendDate = false;
  const opened = await open("request", untilClosed(response)).catch(() => undefined);
  if (opened === undefined) return badGateway(response);
  const { socket } = opened;
  socket.once("close", () => opened[Symbol.dispose]());
  if (response.destroyed) return void socket.destroy();
  const outgoing = openRequest({
    method: request.method,
    path: request.url,
    headers: endToEnd(request.rawHeaders) as unknown as readonly string[],
    // Without an agent: it would open a connection of its own.
    createConnection: () => socket,
  });
  request.pipe(outgoing);
  response.once("close", () => outgoing.destroy());
  const fail = () => {
    socket.destroy();
    if (response.headersSent) response.destroy();
    else badGateway(response);
  };
  outgoing.once("response", (answer) => {
    if (!writeHead(response, answer)) return fail();
    answer.pipe(response);
    answer.once("error", () => response.destroy());
    answer.once("end", () => socket.destroy());
  });
  outgoing.once("error", fail);
  // Nobody asked for an upgrade.
  outgoing.once("upgrade", fail);
}

/** A program in a machine may answer with anything; false where that is no answer of HTTP. */
function writeHead(response: ServerResponse, answer: IncomingMessage): boolean {
  const { statusCode = 0, rawHeaders } = answer;
  if (statusCode < 200 || statusCode > 999) return false;
  try {
    response.writeHead(statusCode, endToEnd(rawHeaders));
    return true;
  } catch {
    return false;
  }
}

/** Ends when whoever asked is gone. */
function untilClosed(asker: ServerResponse | Duplex): AbortSignal {
  const gone = new AbortController();
  if (asker.destroyed) gone.abort("left");
  asker.once("close", () => gone.abort("left"));
  return gone.signal;
}

async function passUpgrade(
  open: OpenPort,
  client: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const { request, socket, head } = client;
  socket.on("error", () => socket.destroy());
  const opened = await open("stream", untilClosed(socket)).catch(() => undefined);
  if (opened === undefined) {
    socket.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  opened.socket.once("close", () => opened[Symbol.dispose]());
  if (socket.destroyed) return void opened.socket.destroy();
  const { method, url, rawHeaders } = request;
  const lines = [...pairs(rawHeaders)].map(([name, value]) => `${name}: ${value}`);
  opened.socket.write([`${method} ${url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  if (head.length > 0) opened.socket.write(head);
  joinSockets(socket, opened.socket);
}

function badGateway(response: ServerResponse): void {
  if (response.destroyed) return;
  response.writeHead(502, { "content-length": "0" });
  response.end();
}

function endToEnd(raw: readonly string[]): string[] {
  return [...pairs(raw)].flatMap(([name, value]) =>
    hopHeaders.has(name.toLowerCase()) ? [] : [name, value],
  );
}

function* pairs(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? "", raw[at + 1] ?? ""];
}
