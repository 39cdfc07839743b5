import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "@bedplate/testkit";

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stderr(): string;
  stdout(): string;
}

export interface CommandOptions {
  /** The data folder. */
  readonly data?: string | undefined;
  readonly stdin?: string | undefined;
  readonly cwd?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The repository's folder. */
export const house: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Starts a command in a process of its own, with nothing of this one's settings. */
export function start(args: readonly string[], options: CommandOptions = {}): Running {
  const { data, stdin = "", cwd = house, variables = {} } = options;
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: "/nonexistent",
      ...(data !== undefined && { BEDPLATE_DATA: data }),
      ...variables,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const chunks = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    chunks.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    chunks.stderr += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const finished = once(child, "close").then(([code]) => ({
    code: code as number | null,
    ...chunks,
  }));
  return { child, finished, stderr: () => chunks.stderr, stdout: () => chunks.stdout };
}

/** Runs a command to its end. */
export function bedplate(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return start(args, options).finished;
}

/** A server of `bedplate up` on a free port; ended by Ctrl-C when it is disposed. */
export async function up(
  data: string,
  args: readonly string[] = [],
): Promise<Running & AsyncDisposable & { readonly url: string; readonly key: string }> {
  const running = start(["up", "--port", "0", ...args], { data });
  const read = (name: string) => new RegExp(`^export ${name}=(\\S+)$`, "m").exec(running.stderr());
  await eventually("the server says where it is", () => read("BEDPLATE_KEY") !== null, {
    timeoutMs: 120_000,
  });
  return {
    ...running,
    url: read("BEDPLATE_URL")?.[1] ?? "",
    key: read("BEDPLATE_KEY")?.[1] ?? "",
    [Symbol.asyncDispose]: async () => {
      running.child.kill("SIGINT");
      await running.finished;
    },
  };
}
