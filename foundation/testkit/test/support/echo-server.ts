import { createServer, type Socket } from "node:net";

/** A server that sends back what it gets, and keeps what that was. */
export interface EchoServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly received: string;
}

/** Starts it on a port of the system's choice. */
export async function startEchoServer(): Promise<EchoServer> {
  const sockets = new Set<Socket>();
  let received = "";
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received += bytes.toString();
      socket.write(bytes);
    });
    socket.on("end", () => socket.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return {
    host: "127.0.0.1",
    port: address !== null && typeof address === "object" ? address.port : 0,
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
