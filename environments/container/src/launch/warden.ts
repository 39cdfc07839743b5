import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The program of this package that keeps one machine; see `native/src/main.c`. */
export const wardenPath: string = programPath("warden");

/** The program that carries bytes to an agent inside; see `native/relay/relay.c`. */
export const relayProgram: string = programPath("relay");

function programPath(name: string): string {
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  return fileURLToPath(new URL(`../../native/bin/${name}-${architecture}`, import.meta.url));
}

/** True where this package has the program for this processor. */
export function hasWarden(): boolean {
  return process.platform === "linux" && existsSync(wardenPath);
}

/** One line of a warden's orders: a directive and its words. */
export type Directive =
  | readonly ["map", first: string, count: string]
  | readonly ["loop", image: string, target: string]
  | readonly ["tmpfs", target: string, options: string]
  | readonly ["shift" | "bind", source: string, target: string, mode: "ro" | "rw"]
  | readonly ["overlay", target: string, options: string]
  | readonly ["folder", path: string, mode: string]
  | readonly ["hide" | "home" | "cgroup" | "pid" | "exit" | "listen", path: string];

/** The machine's first process: its id is its own only together with when it started. */
export interface StartedProcess {
  readonly pid: number;
  /** Ticks since the host started, as `/proc/PID/stat` has it. */
  readonly startTicks: number;
  readonly wardenPid: number;
}

/** Longest answer of a warden. */
const answerBytesMax = 4096;

/** Starts a warden, and comes back when the machine's first process runs. */
export async function startWarden(
  directives: readonly Directive[],
  options: { readonly command: readonly string[]; readonly timeoutMs: number },
): Promise<StartedProcess> {
  const words = [...directives.flat(), "--", ...options.command];
  const child = spawn(wardenPath, words, {
    stdio: ["ignore", "pipe", "ignore"],
    env: {},
    // A session of its own: what ends the server does not end its machines.
    detached: true,
  });
  child.unref();
  const answer = await readAnswer(child.stdout, options.timeoutMs);
  const [word, pid, ticks] = answer.split(" ");
  if (word === "started") {
    return { pid: Number(pid), startTicks: Number(ticks), wardenPid: child.pid ?? 0 };
  }
  throw new Error(
    answer === "" ? "the warden ended without an answer" : answer.replace("failed ", ""),
  );
}

async function readAnswer(stream: NodeJS.ReadableStream, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  const timer = setTimeout(
    () => reject(new Error(`the warden did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    if (text.includes("\n") || text.length > answerBytesMax) resolve(text.split("\n")[0] ?? "");
  });
  stream.on("end", () => resolve(text.trim()));
  stream.on("error", reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
