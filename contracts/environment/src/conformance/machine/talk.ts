import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../facets/serve.ts";

/** How long a connection may take; a machine that listens answers at once. */
const talkTimeoutMs = 5_000;

/** How long the closing of a listener may take to be seen from outside. */
const goneTimeoutMs = 2_000;

/** Connects to an endpoint, sends a text, and answers what came until it was as long as `wanted`. */
export async function talk(endpoint: Endpoint, text: string, wanted: string): Promise<string> {
  const socket = connectTo(endpoint);
  let heard = "";
  try {
    socket.write(text);
    for await (const data of socket.setTimeout(talkTimeoutMs, () => socket.destroy())) {
      heard += (data as Buffer).toString("utf8");
      if (heard.length >= wanted.length) break;
    }
  } catch {
    // What was heard until then says enough.
  } finally {
    socket.destroy();
  }
  return heard;
}

/** Whether anything answers there still. */
export async function isReachable(endpoint: Endpoint): Promise<boolean> {
  const socket = connectTo(endpoint);
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("data", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
      socket.setTimeout(goneTimeoutMs, () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

function connectTo({ address }: Endpoint): Socket {
  const socket = address.startsWith("unix:")
    ? connect(address.slice("unix:".length))
    : connect(Number(address.slice(address.lastIndexOf(":") + 1)), hostOf(address));
  // Whoever listens for errors gets them; nobody has to.
  return socket.on("error", () => {});
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
