import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerPlaces } from "./left-overs.ts";
import type { World } from "./world.ts";

/** A server that was started for the suite. */
export interface RunningServer {
  readonly process: ChildProcess;
  readonly places: ServerPlaces;
  /** What clients have to know. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one command of the CLI against it; answers what it printed. */
  command(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

const readyMs = 120_000;
const stopMs = 60_000;
const main = join(import.meta.dirname, "../../apps/cli/src/main.ts");

/** Starts `bedplate up` with a door on the world's domain. */
export async function startServer(
  world: World,
  { folder, kept }: { readonly folder: string; readonly kept: string },
): Promise<RunningServer> {
  const at = (name: string) => join(folder, name);
  const places = {
    data: at("data"),
    machines: at("machines"),
    records: at("records"),
    shared: "/run/bedplate/shared",
  };
  // Machines' own users pass through.
  mkdirSync(places.machines, { mode: 0o711 });
  const config = at("config.json");
  writeFileSync(config, JSON.stringify(configOf(world, places)));
  const log = openSync(join(kept, "server.log"), "w");
  const words = [main, "up", "--config", config, "--data", places.data];
  const child = spawn(process.execPath, words, { stdio: ["ignore", log, "pipe"] });
  const said = await variablesOf(child);
  const env = {
    E2B_API_KEY: said["E2B_API_KEY"] ?? "",
    E2B_DOMAIN: world.domain,
    NODE_EXTRA_CA_CERTS: world.authority,
  };
  return {
    process: child,
    places,
    env,
    command: (...words) => printed([main, ...words, "--data", places.data]),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function configOf(world: World, { machines, records, shared }: ServerPlaces): object {
  const { domain, cert, key, resolver } = world;
  const places = { dataFolder: machines, stateFolder: records, sharedFolder: shared };
  return {
    listen: { host: "0.0.0.0" },
    e2b: {
      domain,
      tls: { port: 443, cert, key },
      // A node without a registry says what images stand for.
      images: Object.fromEntries(hostImages.map((each) => [each, "host"])),
    },
    environments: { container: { config: { ...places, resolver } } },
  };
}

/** Images that the suite builds from; this host's own programs stand for them. */
const hostImages = ["e2bdev/base", "ubuntu", "ubuntu:22.04", "ubuntu:24.04", "debian", "python:3"];

/** Reads the variables that a server prints when it is ready. */
async function variablesOf(child: ChildProcess): Promise<Record<string, string>> {
  let text = "";
  const stream = child.stderr;
  if (stream === null) throw new Error("Cannot start the server: it has no output");
  const timer = setTimeout(() => child.kill("SIGKILL"), readyMs);
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes("E2B_API_KEY=") && text.endsWith("\n")) break;
  }
  clearTimeout(timer);
  const found = [...text.matchAll(/^export (\w+)=(.*)$/gm)];
  if (!text.includes("E2B_API_KEY=")) throw new Error(`Cannot start the server: ${text}`);
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]));
}

async function printed(words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return text;
}
