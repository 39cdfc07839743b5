import { connect, type Socket } from "node:net";

const connectMs = 10_000;

/**
 * Connects to an address, `host:port` or `unix:path`. The signal ends the wait, and not a connection
 * that is there.
 */
export function connectTo(address: string, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const [host = "", port = ""] = address.split(/:(?=\d+$)/);
  const place = address.startsWith("unix:")
    ? { path: address.slice(5) }
    : { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  const socket = connect({ ...place, allowHalfOpen: true });
  // Until it is connected: a signal that is given to `connect` ends the connection at any time.
  const leave = () => socket.destroy(new Error("Nobody waits for the connection any more"));
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  socket.setTimeout(connectMs, () => socket.destroy(new Error("It took too long to connect")));
  socket.once("error", reject);
  socket.once("close", () => signal.removeEventListener("abort", leave));
  socket.once("connect", () => {
    signal.removeEventListener("abort", leave);
    socket.setTimeout(0);
    socket.off("error", reject);
    socket.on("error", () => socket.destroy());
    resolve(socket);
  });
  return promise;
}
