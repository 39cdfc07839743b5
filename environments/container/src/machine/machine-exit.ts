import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Exit } from "@bedplate/environment";

/** Reads what a warden kept of its machine's end; undefined while there is nothing. */
export function readExit(path: string): Omit<Exit, "isOutOfMemory"> | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const [code = 0, signal = 0, at = 0] = text.trim().split(" ").map(Number);
  return signal === 0 ? { code, signal: null, at } : { code: null, signal: signalName(signal), at };
}

/** The POSIX name of a signal. */
export function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, each]) => each === number);
  return found?.[0] ?? `SIG${number}`;
}
