/**
 * One party of the ingress benchmark in a process of its own: `ingress-main.ts <party> [port]` prints
 * the port that it listens on, and goes on until its input ends. A party is a backend, or a proxy
 * before the backend at the port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { IngressProvider } from "@bedplate/ingress";
import { openHaproxyIngress } from "@bedplate/ingress-haproxy";
import { openProxyIngress } from "@bedplate/ingress-proxy";
import { findFreePort, findProgram, openScratchFolder } from "@bedplate/testkit";
import { installPeers } from "./install-peers.ts";

interface HttpProxy {
  createProxyServer(options: object): {
    web(request: IncomingMessage, response: ServerResponse): void;
  };
}

const [party = "", backendPort = "0"] = process.argv.slice(2);
const held = new AsyncDisposableStack();
const body = Buffer.alloc(128, "x");

const parties: Readonly<Record<string, () => Promise<number>>> = {
  backend: () =>
    listen((_, response) => response.writeHead(200, { "content-length": 128 }).end(body)),
  "ingress-proxy": async () => {
    const driver = held.use(await openProxyIngress());
    await route(new IngressProvider(driver));
    return Number(driver.origin.port);
  },
  "ingress-haproxy": async () => {
    const { path } = held.use(openScratchFolder("bedplate-bench"));
    const port = await findFreePort();
    const program = findProgram("haproxy");
    const driver = held.use(
      await openHaproxyIngress({ folder: join(path, "engine"), port, program }),
    );
    await route(new IngressProvider(driver));
    return port;
  },
  "http-proxy-3": async () => {
    const { require, reason } = installPeers();
    if (require === undefined) throw new Error(reason);
    const { Agent } = await import("node:http");
    const agent = new Agent({ keepAlive: true, maxSockets: 1_024, maxFreeSockets: 256 });
    const target = `http://127.0.0.1:${backendPort}`;
    const proxy = (require("http-proxy-3") as HttpProxy).createProxyServer({
      target,
      agent,
      xfwd: true,
    });
    return await listen((request, response) => proxy.web(request, response));
  },
};

const port = await parties[party]?.();
if (port === undefined) throw new Error(`There is no party ${party}`);
process.stdout.write(`${port}\n`);
process.stdin.resume();
process.stdin.once("end", () => {
  held.disposeAsync().then(
    () => process.exit(),
    () => process.exit(1),
  );
});

async function route(ingress: IngressProvider): Promise<void> {
  const endpoints = [{ host: "127.0.0.1", port: Number(backendPort) }];
  const { generation } = await ingress.apply({
    name: "bench",
    match: { host: "127.0.0.1" },
    backends: [{ id: "b", weight: 1, endpoints }],
  });
  await ingress.served("bench", generation);
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
