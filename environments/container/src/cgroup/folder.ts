import { mkdirSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readControl } from "./control-file.ts";

/** Makes a cgroup, with its parents. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** Removes a cgroup that has no processes; one that is not there counts as removed. */
export function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Process ids in a cgroup. */
export function pidsIn(path: string): readonly number[] {
  const text = readControl(`${path}/cgroup.procs`) ?? "";
  return text === "" ? [] : text.split("\n").map(Number);
}

/** Asks again, first at once and then ever more seldom, until it holds. */
export async function until(
  holds: () => boolean,
  options: { readonly timeoutMs: number; readonly what: string },
): Promise<void> {
  const endAt = performance.now() + options.timeoutMs;
  for (let pauseMs = 0; !holds(); pauseMs = Math.min(20, pauseMs + 1)) {
    if (performance.now() > endAt) {
      throw new Error(`Cannot wait longer until ${options.what}: ${options.timeoutMs} ms are over`);
    }
    await (pauseMs === 0 ? new Promise(setImmediate) : sleep(pauseMs));
  }
}
