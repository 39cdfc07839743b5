import { connect } from "node:net";
import type { Endpoint } from "@bedplate/ingress";

/** Whether an endpoint takes a connection within this time. */
export function isReachable({ host, port }: Endpoint, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
