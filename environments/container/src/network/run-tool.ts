import { spawn } from "node:child_process";

/** Longest time for one command of the network's tools, and most of what they may say. */
const toolTimeoutMs = 10_000;
const saidBytesMax = 1024 * 1024;

/** A program of iproute2 or nftables, and what it reads. */
export interface ToolCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly input?: string | undefined;
}

/** Runs a tool; what it said on standard output. One that fails says why. */
export async function runTool({ program, words, input }: ToolCommand): Promise<string> {
  const child = spawn(program, words, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: toolTimeoutMs,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  const said = collect(child.stdout);
  const complained = collect(child.stderr);
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject);
  child.on("close", resolve);
  const code = await promise;
  if (code === 0) return said();
  throw new Error(
    `${program} ${words.join(" ")}: ${complained().trim().slice(0, 512) || `exit ${code}`}`,
  );
}

/** Runs a tool whose failure means that there is nothing to do. */
export async function tryTool(command: ToolCommand): Promise<boolean> {
  try {
    await runTool(command);
    return true;
  } catch {
    return false;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    if (text.length < saidBytesMax) text += chunk.toString("utf8");
  });
  return () => text;
}
