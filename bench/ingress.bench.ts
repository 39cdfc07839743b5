/**
 * Requests per second through each ingress and a peer, and how long a change of a route takes until
 * it is served among 10,000 routes, with a WebSocket that has to outlive the changes. Proxy, backend
 * and load generator are processes of their own on one machine.
 *
 * Run it with `node bench/ingress.bench.ts [seconds per row] [routes]`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { type IngressDriver, IngressProvider } from "@bedplate/ingress";
import { openHaproxyIngress } from "@bedplate/ingress-haproxy";
import { openProxyIngress } from "@bedplate/ingress-proxy";
import {
  engineAbsence,
  findFreePort,
  findProgram,
  openScratchFolder,
  quantile,
  reportBench,
} from "@bedplate/testkit";
import { Connection } from "./harness/connection.ts";
import { cpuMsOf } from "./harness/cpu-time.ts";
import { installPeers } from "./harness/install-peers.ts";

const [secondsText = "2", routesText = "10000"] = process.argv.slice(2);
const seconds = Number(secondsText);
const routes = Number(routesText);
const connections = 32;
const rounds = 3;

await reportThroughput();
await reportChanges();

async function reportThroughput(): Promise<void> {
  const backend = await startParty("backend");
  const notes = [
    `${connections} kept connections, 128 bytes; median of ${rounds} rounds of ${seconds} s.`,
  ];
  const left = new Map([
    ["ingress-haproxy", engineAbsence("haproxy")],
    ["http-proxy-3", installPeers().reason],
  ]);
  const names = ["ingress-proxy", "http-proxy-3", "ingress-haproxy"].filter((name) => {
    const reason = left.get(name);
    if (reason !== undefined) notes.push(`${name} is left out: ${reason}.`);
    return reason === undefined;
  });
  const results = new Map<string, Seen>();
  // In turns, so that what else happens on the machine falls on all of them.
  for (let round = 0; round < rounds; round++) {
    for (const name of ["direct", ...names]) {
      const party = name === "direct" ? backend : await startParty(name, backend.port);
      const seen = results.get(name) ?? { perSecond: [], latencies: [], cpuMs: 0 };
      await load(party.port, 500);
      const cpuMs = cpuMsOf(party.child.pid ?? 0);
      const { count, latencies } = await load(party.port, seconds * 1_000);
      seen.cpuMs += cpuMsOf(party.child.pid ?? 0) - cpuMs;
      seen.perSecond.push(count / seconds);
      for (const each of latencies) seen.latencies.push(each);
      results.set(name, seen);
      if (party !== backend) await stopParty(party);
    }
  }
  await stopParty(backend);
  const rows = [...results].map(([name, { perSecond, latencies, cpuMs }]) => [
    name,
    // HAProxy is a process beside the one that is looked at.
    name === "ingress-haproxy" ? "-" : (cpuMs * 1_000) / latencies.length,
    quantile(perSecond, 0.5),
    quantile(latencies, 0.5),
    quantile(latencies, 0.99),
  ]);
  reportBench("ingress/throughput", {
    columns: ["through", "CPU µs per request", "requests/s", "p50 ms", "p99 ms"],
    rows,
    notes,
  });
}

interface Seen {
  readonly perSecond: number[];
  readonly latencies: number[];
  cpuMs: number;
}

async function reportChanges(): Promise<void> {
  const { port } = await openEcho();
  const rows: (string | number)[][] = [];
  const notes = [
    `Change of one route's timeout among ${routes} routes, until a probe sees it; 200 changes.`,
  ];
  await using held = new AsyncDisposableStack();
  const { path } = held.use(openScratchFolder("bedplate-bench"));
  const proxyPath = join(path, "routes.jsonl");
  const proxy = await openProxyIngress({ journalPath: proxyPath });
  rows.push(["ingress-proxy", ...(await changes(proxy, Number(proxy.origin.port), port))]);
  const reason = engineAbsence("haproxy");
  if (reason === undefined) {
    const listen = await findFreePort();
    const program = findProgram("haproxy");
    const driver = await openHaproxyIngress({
      folder: join(path, "engine"),
      port: listen,
      program,
    });
    rows.push(["ingress-haproxy", ...(await changes(driver, listen, port))]);
  } else notes.push(`ingress-haproxy is left out: ${reason}.`);
  reportBench("ingress/changes", {
    columns: ["ingress", "p50 ms", "p99 ms", "WebSocket lives"],
    rows,
    notes,
  });
}

async function changes(driver: IngressDriver, listen: number, port: number) {
  await using ingress = new IngressProvider(driver);
  const at = { host: "127.0.0.1", port };
  const request = (i: number, timeoutMs = 60_000) => ({
    name: `r${i}`,
    match: { host: `h${i}.example.test` },
    backends: [{ id: "b", weight: 1, endpoints: [at] }],
    timeoutMs,
  });
  for (let i = 0; i < routes; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => ingress.apply(request(i + j))));
  }
  const socket = await openWebSocket(listen, "h0.example.test");
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const startedMs = performance.now();
    const { spec, generation } = await ingress.apply(request((i * 37) % routes, 1_000 + i));
    await ingress.served(spec.name, generation);
    times.push(performance.now() - startedMs);
  }
  const isAlive = !socket.destroyed && (await echoes(socket));
  socket.destroy();
  return [quantile(times, 0.5), quantile(times, 0.99), isAlive ? "yes" : "no"];
}

async function load(port: number, ms: number) {
  const url = new URL(`http://127.0.0.1:${port}`);
  const latencies: number[] = [];
  const untilMs = performance.now() + ms;
  const drive = async () => {
    using connection = new Connection(url, "none");
    for (let now = performance.now(); now < untilMs; ) {
      const { status } = await connection.get("/");
      if (status !== 200) throw new Error(`An answer with the status ${status}`);
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: connections }, drive));
  return { count: latencies.length, latencies };
}

interface Party {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startParty(name: string, backendPort = 0): Promise<Party> {
  const main = join(import.meta.dirname, "harness/ingress-main.ts");
  const child = spawn(process.execPath, [main, name, String(backendPort)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  return { child, port: Number(String(line)) };
}

async function stopParty({ child }: Party): Promise<void> {
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}

/** A backend that grants every upgrade, and then sends back what it gets. */
async function openEcho() {
  const server = createServer((_, response) => response.end());
  server.on("upgrade", ({ headers }, socket) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return server.address() as AddressInfo;
}

async function openWebSocket(port: number, host: string) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: eHh4eHh4eHh4eHh4eHh4eA==\r\nsec-websocket-version: 13\r\n\r\n`,
  );
  const [head] = await once(socket, "data");
  if (!String(head).startsWith("HTTP/1.1 101")) throw new Error(`No WebSocket: ${String(head)}`);
  return socket;
}

async function echoes(socket: ReturnType<typeof connect>): Promise<boolean> {
  const echoed = once(socket, "data", { signal: AbortSignal.timeout(2_000) });
  socket.write("still here");
  return await echoed.then(
    ([chunk]) => String(chunk) === "still here",
    () => false,
  );
}
