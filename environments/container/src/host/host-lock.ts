import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const waitMsMax = 30_000;
const pauseMs = 5;

/** Runs work that all processes of this host do one at a time. A holder that died holds nothing. */
export async function withHostLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const endAt = performance.now() + waitMsMax;
  while (!take(path)) {
    if (performance.now() > endAt) throw new Error(`Cannot take the lock ${path}: it is held`);
    await sleep(pauseMs);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** True for a process that is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function take(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, "holder"), String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) rmSync(path, { recursive: true, force: true });
    return false;
  }
}

function readHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(join(path, "holder"), "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
