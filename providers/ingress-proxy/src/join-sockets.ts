import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { answeredHeaders } from "./header-scan.ts";

/** Both ends of a connection that switched protocols, and the answer that switched it. */
export interface JoinedSockets {
  readonly client: Socket;
  readonly backend: Duplex;
  readonly answer: IncomingMessage;
}

/** Finds dead peers of streams that are silent for long. */
const keepAliveMs = 30_000;

/**
 * Makes one stream of two connections; when either ends, the other does. `heads` is what had come
 * already, from the backend and from the client.
 */
export function joinSockets(
  { client, backend, answer }: JoinedSockets,
  [fromBackend, fromClient]: readonly [Buffer, Buffer],
): void {
  client.setTimeout(0);
  client.setNoDelay(true);
  client.setKeepAlive(true, keepAliveMs);
  client.write(headOf(answer));
  if (fromBackend.length > 0) client.write(fromBackend);
  if (fromClient.length > 0) backend.write(fromClient);
  for (const [one, other] of [
    [client, backend],
    [backend, client],
  ] as const) {
    one.on("error", () => other.destroy());
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? ""}`];
  const headers = answeredHeaders(answer.rawHeaders);
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `${lines.join("\r\n")}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`;
}
