import { createHash } from "node:crypto";
import { openBackend, type TestBackend } from "./backend.ts";
import { host as hostDefault } from "./ingress-case.ts";

/** A backend that grants every upgrade, and then sends back what it gets. */
export async function openEchoBackend(): Promise<TestBackend> {
  const backend = await openBackend("echo");
  backend.server.on("upgrade", ({ headers }, socket) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  return backend;
}

/** Asks a host for a WebSocket. */
export function upgradeRequest(host: string = hostDefault): string {
  return [
    "GET /socket HTTP/1.1",
    `host: ${host}`,
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-key: eHh4eHh4eHh4eHh4eHh4eA==",
    "sec-websocket-version: 13",
    "\r\n",
  ].join("\r\n");
}
