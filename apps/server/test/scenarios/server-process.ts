import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Bedplate } from "@bedplate/sdk";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly key: string;
  readonly client: Bedplate;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Lets it close what it opened; after ten seconds, SIGKILL. */
  stop(): Promise<void>;
}

/** Starts a server with a configuration, and waits until it listens. */
export async function startServer(
  config: object,
  options: { readonly slots?: readonly string[] | undefined } = {},
): Promise<ServerProcess> {
  const { slots = ["fake"] } = options;
  const main = fileURLToPath(new URL("server-main.ts", import.meta.url));
  const args = [main, JSON.stringify(config), JSON.stringify(slots)];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, key } = JSON.parse(line) as { url: string; key: string };
    const client = new Bedplate({ url, key, retriesMax: 0 });
    return { url, key, client, kill: () => kill(child), stop: () => stop(child) };
  }
  throw new Error("The server ended before it was ready");
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
