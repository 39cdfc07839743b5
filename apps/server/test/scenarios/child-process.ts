import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A server or an agent in a process of its own, and the line with which it said that it is ready. */
export interface ReadyProcess<T> {
  readonly said: T;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Lets it close what it opened; after ten seconds, SIGKILL. */
  stop(): Promise<void>;
}

let compiled: string | undefined;

/** What one life of a scenario compiled, the next one need not. */
function compiledFolder(): string {
  if (compiled !== undefined) return compiled;
  const folder = mkdtempSync(join(tmpdir(), "bedplate-compiled-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  compiled = folder;
  return folder;
}

/** Starts a main module beside this file, and waits until it says that it is ready. */
export async function startMain<T>(
  module: string,
  options: {
    readonly config: object;
    readonly slots: readonly string[];
    /** Runs it in this network namespace. */
    readonly namespace?: string | undefined;
  },
): Promise<ReadyProcess<T>> {
  const { config, slots, namespace } = options;
  const main = fileURLToPath(new URL(module, import.meta.url));
  const args = [main, JSON.stringify(config), JSON.stringify(slots)];
  // Only the network is another: `ip netns exec` would hide the control groups.
  const inside = namespace === undefined ? [] : [`--net=/run/netns/${namespace}`, process.execPath];
  const command = namespace === undefined ? process.execPath : "nsenter";
  const child = spawn(command, [...inside, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: compiledFolder() },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as T;
    return { said, kill: () => kill(child), stop: () => stop(child) };
  }
  throw new Error(`${module} ended before it was ready`);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

const stopMs = 10_000;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(timer);
}
