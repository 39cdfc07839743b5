import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Runs a module in a process of its own, kills it with SIGKILL after some lines, and answers all its lines. */
export async function killAfterLines(
  module: URL,
  options: { readonly args: readonly string[]; readonly linesMin: number },
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [module.pathname, ...options.args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.push(line) === options.linesMin) child.kill("SIGKILL");
  }
  await ended;
  return lines;
}
