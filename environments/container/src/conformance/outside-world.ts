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

const namespace = `bpw-${process.pid}`;
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
  ip("netns", "add", namespace);
  const clear = () => {
    for (const words of [
      ["link", "delete", device],
      ["netns", "delete", namespace],
    ]) {
      try {
        ip(...words);
      } catch {
        // It is gone already.
      }
    }
  };
  process.once("exit", clear);
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

async function startServer(address: string): Promise<void> {
  const words = ["netns", "exec", namespace, process.execPath, serverPath];
  const server = spawn("ip", [...words, address, name, String(port)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  process.once("exit", () => server.kill("SIGKILL"));
  await once(server.stdout, "data");
  server.unref();
  (server.stdout as { unref?: () => void }).unref?.();
}

function ip(...words: readonly string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] });
}
