import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: nobody takes one while its engine restarts. */
const lowest = 10_000;
const highest = 32_000;
const triesMax = 50;

/** A port of the loopback interface that nobody listens on. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `Cannot find a free port: ${triesMax} between ${lowest} and ${highest} are taken`,
  );
}

/** True when something on the loopback interface accepts a connection there. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
