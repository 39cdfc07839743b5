import { type ChildProcess, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { systemRandom } from "@bedplate/clock";
import { greetingTimeoutMs, type Offer } from "@bedplate/environment";
import { type Channel, openConnectChannel } from "@bedplate/environment/wire";
import { type Log, silentLog } from "@bedplate/telemetry";
import { type Cell, crashed } from "./cell.ts";
import { greet } from "./greet.ts";
import { logOutput } from "./plugin-output.ts";
import { makeSocketFolder, socketFiles } from "./socket-folder.ts";

/** What a child process runs, and what it may see. */
export interface ProcessCellOptions {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Its whole environment, beside `PATH` and what the wire needs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly greetingTimeoutMs?: number | undefined;
  readonly log?: Log | undefined;
}

/** The variable that names the folder of a plug-in's sockets. */
export const socketsVariable = "BEDPLATE_SOCKETS";

/** A cell whose process has greeted. */
export interface ProcessCell extends Cell {
  readonly greeting: Offer;
}

/** Starts a child process that serves one plug-in, and waits for its greeting. */
export async function openProcessCell(options: ProcessCellOptions): Promise<ProcessCell> {
  const folder = makeSocketFolder();
  const token = Buffer.from(systemRandom.bytes(32)).toString("hex");
  writeFileSync(join(folder, socketFiles.token), token, { mode: 0o600 });
  const channel = await openConnectChannel({
    side: "host",
    listenPath: join(folder, socketFiles.host),
    peerPath: join(folder, socketFiles.plugin),
    token,
  });
  const child = start(folder, options);
  const cell = watch(child, { channel, folder });
  const timeoutMs = options.greetingTimeoutMs ?? greetingTimeoutMs;
  try {
    const greeting = await greet(child.stdio[3] as Readable, { timeoutMs, ended: cell.ended });
    return { ...cell, greeting };
  } catch (error) {
    cell.kill("its greeting was refused");
    await cell.ended;
    throw error;
  }
}

/** A process group of its own, so that whatever the plug-in starts goes with it. */
function start(folder: string, options: ProcessCellOptions): ChildProcess {
  const { command, args = [], env = {}, cwd, log = silentLog } = options;
  const { PATH = "" } = process.env;
  const child = spawn(command, [...args], {
    env: { PATH, ...env, [socketsVariable]: folder },
    cwd,
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  // Nothing is ever written: its end tells the plug-in that the host is gone.
  child.stdin?.on("error", () => {});
  logOutput(child.stdout as Readable, { log, name: "stdout" });
  logOutput(child.stderr as Readable, { log, name: "stderr" });
  return child;
}

function watch(
  child: ChildProcess,
  options: { readonly channel: Channel; readonly folder: string },
): Cell {
  const { channel, folder } = options;
  const ended = Promise.withResolvers<string>();
  let reason: string | undefined;
  const settle = (why: string) => {
    channel.close(crashed(why));
    void channel.closed.then(() => {
      rmSync(folder, { recursive: true, force: true });
      ended.resolve(why);
    });
  };
  child.once("error", (error: NodeJS.ErrnoException) => {
    reason ??= `its process could not be started: ${error.code ?? error.name}`;
    if (child.pid === undefined) settle(reason);
  });
  child.once("exit", (code, signal) => {
    // What it started may outlive it.
    killGroup(child);
    settle(reason ?? `its process ended with ${signal ?? `exit code ${code}`}`);
  });
  letGo(child);
  return {
    channel,
    ended: ended.promise,
    kill(why) {
      reason ??= why;
      // Whoever waits for the end has nothing else that keeps this process alive.
      child.ref();
      channel.close(crashed(why));
      killGroup(child);
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

/** An idle plug-in must not keep the host's process alive. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as { unref?(): void } | null)?.unref?.();
}
