import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A world for machines to reach: one host with a public and a private address, and a resolver. */
export interface OutsideWorld {
  readonly open: { readonly address: string; readonly port: number; readonly name: string };
  readonly inside: { readonly address: string; readonly port: number };
  /** Where its resolver is. */
  readonly resolver: string;
}

const port = 80;
const name = "host.outside.test";
const serverPath = fileURLToPath(new URL("./outside-server.ts", import.meta.url));

/** The world of this process: by its id, so that two do not share one. */
export const outsideWorld: OutsideWorld = planOf(process.pid % 60);

const namespaceOf = (pid: number) => `bpw-${pid}`;
const namespace = namespaceOf(process.pid);
const device = `bpw${process.pid % 60}`;
let made: Promise<void> | undefined;

/** Makes the world; it goes with this process. */
export function makeWorld(): Promise<void> {
  made ??= make();
  return made;
}

// Addresses of documentation (RFC 5737) count as public, and lead nowhere else.
function planOf(block: number): OutsideWorld {
  const address = `203.0.113.${4 * block + 2}`;
  return {
    open: { address, port, name },
    inside: { address: `10.99.${block}.9`, port },
    resolver: `${address}:53`,
  };
}

async function make(): Promise<void> {
  const { open, inside } = outsideWorld;
  const here = open.address.replace(/\d+$/, (each) => String(Number(each) - 1));
  for (const pid of deadOwners()) attempt("netns", "delete", namespaceOf(pid));
  ip("netns", "add", namespace);
  process.once("exit", () => {
    attempt("link", "delete", device);
    attempt("netns", "delete", namespace);
  });
  ip("link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("address", "add", `${here}/30`, "dev", device);
  ip("link", "set", device, "up");
  ip("route", "add", `${inside.address}/32`, "via", open.address);
  for (const address of [`${open.address}/30`, `${inside.address}/32`]) {
    ip("-n", namespace, "address", "add", address, "dev", "eth0");
  }
  ip("-n", namespace, "link", "set", "eth0", "up");
  ip("-n", namespace, "route", "add", "default", "via", here);
  await startServer(open.address);
}

/** Processes that were killed and left their world: a device goes with its namespace. */
function deadOwners(): readonly number[] {
  const names = ip("netns", "list").matchAll(/^bpw-(\d+)/gm);
  return [...names].map(([, pid]) => Number(pid)).filter((pid) => !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function attempt(...words: readonly string[]): void {
  try {
    ip(...words);
  } catch {
    // It is gone already.
  }
}

async function startServer(address: string): Promise<void> {
  const words = ["netns", "exec", namespace, process.execPath, serverPath];
  const server = spawn("ip", [...words, address, name, String(port)], {
    // Its input ends with this process, however that ends, and it ends with its input.
    stdio: ["pipe", "pipe", "ignore"],
  });
  process.once("exit", () => server.kill("SIGKILL"));
  await once(server.stdout, "data");
  server.unref();
  for (const stream of [server.stdin, server.stdout]) (stream as { unref?: () => void }).unref?.();
}

function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}
