import { execFileSync } from "node:child_process";
import { connect, createServer, type Server } from "node:net";

/** A network namespace that stands for a host, joined to this one by a cable of its own. */
export interface NamedHost extends AsyncDisposable {
  readonly namespace: string;
  /** Its own address. */
  readonly address: string;
  /** Where it reaches this host. */
  readonly gateway: string;
}

/** Makes a host; with a port, what listens on this host's loopback there can be reached from it. */
export async function openHost(
  name: string,
  options: { readonly at: number; readonly port: number },
): Promise<NamedHost> {
  const { at, port } = options;
  const namespace = `bp-${name}`;
  const cable = `${namespace}h`;
  const [gateway, address] = [`10.211.${at}.1`, `10.211.${at}.2`];
  await using made = new AsyncDisposableStack();
  ip(["netns", "add", namespace]);
  made.defer(() => ip(["netns", "delete", namespace]));
  const inside = ["-n", namespace];
  ip(["link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
  // A namespace that something still runs in keeps its side of the cable.
  made.defer(() => ip(["link", "delete", cable]));
  ip(["addr", "add", `${gateway}/30`, "dev", cable]);
  ip(["link", "set", cable, "up"]);
  ip([...inside, "addr", "add", `${address}/30`, "dev", "eth0"]);
  ip([...inside, "link", "set", "eth0", "up"]);
  ip([...inside, "link", "set", "lo", "up"]);
  ip([...inside, "route", "add", "default", "via", gateway]);
  const relay = await openRelay(gateway, port);
  made.defer(() => void relay.close());
  const resources = made.move();
  return { namespace, address, gateway, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function ip(args: readonly string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}

/** Lets a host reach one port of this host's loopback. */
async function openRelay(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    const ahead = connect({ host: "127.0.0.1", port });
    for (const [one, other] of [
      [socket, ahead],
      [ahead, socket],
    ] as const) {
      one.pipe(other);
      one.on("error", () => one.destroy());
      one.on("close", () => other.destroy());
    }
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  await promise;
  return server;
}
