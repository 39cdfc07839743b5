import { timingSafeEqual } from "node:crypto";
import { type IncomingMessage, request as openRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { raise } from "@bedplate/errors";
import type { PortUse, PortWanted } from "./machine-dial.ts";

/** What the request asks to become: the bytes of one connection to a port. */
const protocol = "bedplate-port";
const pathPattern =
  /^\/node\/ports\/([a-z0-9-]{1,64})\/([a-z0-9]{1,64})\/(\d{1,5})\/(request|stream)$/;
const openMs = 90_000;

/** Asks the node that has the machine for a connection to one of its ports. */
export function openTunnel(
  wanted: PortWanted,
  node: { readonly url: string; readonly secret: string; readonly signal: AbortSignal },
): Promise<Socket> {
  const { project, id, port, use } = wanted;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const url = new URL(`/node/ports/${project}/${id}/${port}/${use}`, node.url);
  const headers = {
    connection: "upgrade",
    upgrade: protocol,
    authorization: `Bearer ${node.secret}`,
  };
  const signal = AbortSignal.any([node.signal, AbortSignal.timeout(openMs)]);
  const request = openRequest(url, { headers, agent: false, signal });
  request.once("upgrade", (_answer, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  request.once("response", (answer) => {
    answer.resume();
    reject(unreachable(wanted, `it answered ${answer.statusCode}`));
  });
  request.once("error", (error) => reject(unreachable(wanted, error.message)));
  request.end();
  return promise;
}

/** What answers tunnels of other hosts. */
export interface TunnelParts {
  readonly secret: () => Promise<string>;
  readonly openHere: (wanted: PortWanted, signal: AbortSignal) => Promise<PortUse>;
}

/** Answers a request for a tunnel; what is none, or comes from nobody of ours, is refused. */
export async function acceptTunnel(
  request: IncomingMessage,
  client: { readonly socket: Duplex; readonly head: Buffer },
  parts: TunnelParts,
): Promise<void> {
  const { socket, head } = client;
  const leaving = new AbortController();
  socket.on("error", () => socket.destroy());
  socket.once("close", () => leaving.abort("left"));
  const wanted = wantedOf(request);
  if (wanted === undefined) return endWith(socket, "404 Not Found");
  if (!isOurs(request, await parts.secret())) return endWith(socket, "401 Unauthorized");
  try {
    const opened = await parts.openHere(wanted, leaving.signal);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
    );
    if (head.length > 0) opened.socket.write(head);
    joinSockets(socket, opened.socket);
    opened.socket.once("close", () => opened[Symbol.dispose]());
    if (socket.destroyed) opened.socket.destroy();
  } catch {
    endWith(socket, "503 Service Unavailable");
  }
}

/** What one says the other hears, until either ends. */
export function joinSockets(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on("error", () => from.destroy());
    from.once("close", () => to.destroy());
  }
}

function wantedOf({ url = "", headers }: IncomingMessage): PortWanted | undefined {
  const [, project, id, port, use] = pathPattern.exec(url) ?? [];
  if (headers.upgrade !== protocol || project === undefined || id === undefined) return undefined;
  return { project, id, port: Number(port), use: use === "stream" ? "stream" : "request" };
}

function isOurs({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? "");
  const right = Buffer.from(`Bearer ${secret}`);
  return given.length === right.length && timingSafeEqual(given, right);
}

function endWith(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function unreachable({ id }: PortWanted, why: string): Error {
  return raise("provider.unavailable", {
    op: "machines.dial",
    subject: `machine/${id}`,
    detail: { provider: "node" },
    message: `Cannot reach the node of machine/${id}: ${why}`,
  });
}
