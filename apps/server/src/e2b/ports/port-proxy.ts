import {
  type IncomingMessage,
  request as openRequest,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import { createConnection, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { stepTimeoutMs } from "../envd/sandbox-use.ts";
import type { ReachedSandbox } from "../sandbox-gate.ts";
import { sendError, sendJson } from "../send.ts";
import { hasTrafficToken, noTrafficToken, trafficTokenHeader } from "./traffic-token.ts";

/** What clients send to the door, and a sandbox's programs are not told. */
const secretHeaders: ReadonlySet<string> = new Set([
  ...[trafficTokenHeader, "x-access-token", "x-api-key"],
]);

/** One request for a port of a sandbox's programs. */
export interface PortExchange {
  readonly request: IncomingMessage;
  readonly sandbox: ReachedSandbox;
  readonly port: number;
}

/** Stands for the port in a masked host. */
const portMark = ["$", "{PORT}"].join("");

/** Headers of one connection, that end with it. */
const hopHeaders: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"],
]);

/** Passes a request on to the port, and its answer back. */
export async function passRequest(exchange: PortExchange, response: ServerResponse): Promise<void> {
  const { request } = exchange;
  if (!hasTrafficToken(request, exchange.sandbox)) return sendError(response, noTrafficToken);
  const options = await targetOf(exchange);
  const outgoing = openRequest({ ...options, agent: false });
  request.pipe(outgoing);
  response.once("close", () => outgoing.destroy());
  outgoing.once("response", (answer) => {
    const headers = answer.rawHeaders.flatMap((name, at, all) =>
      at % 2 === 0 && !hopHeaders.has(name.toLowerCase()) ? [name, all[at + 1] ?? ""] : [],
    );
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  });
  outgoing.once("error", () => {
    if (response.headersSent) return void response.destroy();
    sendJson(response, 502, closedPort(exchange));
  });
}

/** Passes on a request that becomes something else than HTTP: WebSocket. */
export async function passUpgrade(
  exchange: PortExchange,
  client: { readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const { socket, head } = client;
  if (!hasTrafficToken(exchange.request, exchange.sandbox)) return endWith(socket, "403 Forbidden");
  const { address } = await exposed(exchange);
  const upstream = connectTo(address);
  upstream.once("connect", () => {
    upstream.write(requestHead(exchange));
    if (head.length > 0) upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  upstream.once("error", () => endWith(socket, "502 Bad Gateway"));
  upstream.once("close", () => socket.destroy());
  socket.once("error", () => upstream.destroy());
  socket.once("close", () => upstream.destroy());
}

async function targetOf(exchange: PortExchange): Promise<RequestOptions> {
  const { request } = exchange;
  const { address } = await exposed(exchange);
  const options = { method: request.method, path: request.url, headers: sentHeaders(exchange) };
  if (address.startsWith("unix:")) return { ...options, socketPath: address.slice(5) };
  const [host = "", port = ""] = splitLast(address);
  return { ...options, host, port: Number(port) };
}

async function exposed({ sandbox, port }: PortExchange) {
  const call = sandbox.use.call({ timeoutMs: stepTimeoutMs });
  return sandbox.serve.expose({ port, protocol: "tcp" }, call);
}

function splitLast(address: string): readonly string[] {
  const at = address.lastIndexOf(":");
  return [address.slice(0, at).replace(/^\[|\]$/g, ""), address.slice(at + 1)];
}

function connectTo(address: string): Socket {
  if (address.startsWith("unix:")) return createConnection({ path: address.slice(5) });
  const [host = "", port = ""] = splitLast(address);
  return createConnection({ host, port: Number(port) });
}

/** As they came, in the case in which they came; without what is for the proxy itself. */
function sentHeaders(exchange: PortExchange): string[] {
  const { rawHeaders } = exchange.request;
  return [...pairs(rawHeaders)].flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (hopHeaders.has(lower) || secretHeaders.has(lower)) return [];
    if (lower === "host") return ["Host", hostOf(exchange, value)];
    return [name, value];
  });
}

function requestHead(exchange: PortExchange): string {
  const { request } = exchange;
  const lines = [...pairs(request.rawHeaders)]
    .filter(([name]) => !secretHeaders.has(name.toLowerCase()))
    .map(([name, value]) => {
      if (name.toLowerCase() !== "host") return `${name}: ${value}`;
      return `Host: ${hostOf(exchange, value)}`;
    });
  return [`${request.method} ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

function* pairs(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at] ?? "", raw[at + 1] ?? ""];
}

function hostOf({ sandbox, port }: PortExchange, given: string): string {
  return sandbox.maskHost?.replaceAll(portMark, String(port)) ?? given;
}

function closedPort({ sandbox, port }: PortExchange): object {
  return {
    sandboxId: sandbox.use.sandboxId,
    message: "The sandbox is running but port is not open",
    port,
    code: 502,
  };
}

/** Ends a connection that wanted to become something else, with a bare answer. */
export function endWith(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
