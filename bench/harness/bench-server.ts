import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openScratchFolder } from "@bedplate/testkit";

/** A server in a process of its own, as `bedplate up` starts it, on a fresh data folder. */
export interface BenchServer extends AsyncDisposable {
  readonly url: URL;
  readonly key: string;
  readonly pid: number;
}

const mainModule = join(import.meta.dirname, "../../apps/cli/src/main.ts");

/**
 * Starts a server with these slots alone. `BENCH_CPU_PROFILE=<folder>` in the environment leaves a
 * V8 profile of every thread of it there.
 */
export async function openBenchServer(options: {
  readonly slots: readonly string[];
  /** Member of the configuration `environments`, by slot. */
  readonly environments?: Readonly<Record<string, object>> | undefined;
}): Promise<BenchServer> {
  const folder = openScratchFolder("bedplate-bench");
  const config = join(folder.path, "config.json");
  const known = ["wasm", "javascript", "python", "fake"];
  const environments = Object.fromEntries(
    known.map((slot) => [
      slot,
      { isEnabled: options.slots.includes(slot), ...options.environments?.[slot] },
    ]),
  );
  writeFileSync(config, JSON.stringify({ environments, logLevel: "error" }));
  const profile = process.env["BENCH_CPU_PROFILE"];
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const data = join(folder.path, "data");
  const args = ["up", "--port", "0", "--data", data, "--config", config];
  const child = spawn(process.execPath, [...flags, mainModule, ...args], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const found = await readVariables(child.stderr);
  return {
    url: new URL(found["BEDPLATE_URL"] ?? ""),
    key: found["BEDPLATE_KEY"] ?? "",
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGINT");
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

/** Reads `export NAME=value` lines until the server has said all that a client needs. */
async function readVariables(
  stream: NodeJS.ReadableStream,
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const other: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) other.push(line);
    else found[name] = value;
    if ("BEDPLATE_KEY" in found) {
      stream.resume();
      return found;
    }
  }
  throw new Error(`The server did not start:\n${other.join("\n")}`);
}
