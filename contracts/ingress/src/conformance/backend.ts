import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import type { Endpoint } from "../route-spec.ts";
import { idHeader } from "./client.ts";
import type { Listening } from "./ingress-case.ts";

/** A request as a backend saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly id: string | undefined;
}

/** A server that a case sends requests to. */
export interface TestBackend extends Listening, AsyncDisposable {
  readonly seen: SeenRequest[];
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>;
  readonly server: Server;
  /** Stops listening and cuts what is open; `start` listens at the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Answers requests; who breaks off is of no concern to it. */
export type TestListener = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

/** Answers with the backend's name. */
const answerName =
  (id: string): TestListener =>
  (request, response) => {
    request.resume();
    request.once("end", () => response.end(id));
  };

/** Opens a backend on loopback. `listener` answers in place of the backend's name. */
export async function openBackend(
  id: string,
  listener: TestListener = answerName(id),
): Promise<TestBackend> {
  const seen: SeenRequest[] = [];
  const open = new Set<Socket>();
  // Kept connections stay open for longer than any case: their end is not what cases are about.
  const server = createServer({ keepAliveTimeout: 60_000 });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (request, response) => {
    const { method = "", url = "", headers, rawHeaders } = request;
    seen.push({ method, url, headers, rawHeaders, id: headers[idHeader]?.toString() });
    request.on("error", () => {});
    response.on("error", () => {});
    Promise.resolve(listener(request, response)).catch(() => {});
  });
  await listen(server, 0);
  const at = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  const start = () => listen(server, at.port);
  return { id, at, seen, open, server, stop, start, [Symbol.asyncDispose]: stop };
}

/** Opens a backend that speaks whatever the case wants. */
export async function openRawBackend(
  id: string,
  onSocket: (socket: Socket) => void,
): Promise<Listening & AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const dispose = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { id, at, [Symbol.asyncDispose]: dispose };
}

/** A port at which nobody listens. */
export async function deadEndpoint(): Promise<Endpoint> {
  await using gone = await openRawBackend("gone", () => {});
  return gone.at;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
