import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Ids of the processes that descend from `root`, parents first; without `root` itself. */
export function descendantsOf(root: number): readonly number[] {
  const children = Map.groupBy(processTable(), ({ parent }) => parent);
  const found: number[] = [];
  for (let next = [root]; next.length > 0; ) {
    next = next.flatMap((id) => children.get(id)?.map((each) => each.id) ?? []);
    found.push(...next);
  }
  return found;
}

/** Sends a signal; a process that is gone already is fine. */
export function signalProcess(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** True while a process with this id is there and is more than an unread exit code. */
export function isAlive(id: number): boolean {
  if (process.platform === "linux") return readRow(String(id)).length > 0;
  return readPs().some((each) => each.id === id);
}

interface ProcessRow {
  readonly id: number;
  readonly parent: number;
}

function processTable(): readonly ProcessRow[] {
  return process.platform === "linux" ? readProc() : readPs();
}

function readProc(): readonly ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readRow);
}

/** None for a process that ended, even if that was while we read. */
function readRow(id: string): readonly ProcessRow[] {
  try {
    // The second field is the program's name in brackets, which may itself hold brackets.
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? [] : [{ id: Number(id), parent: Number(parent) }];
  } catch {
    return [];
  }
}

function readPs(): readonly ProcessRow[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state = ""]) => !state.startsWith("Z"))
    .map(([id, parent]) => ({ id: Number(id), parent: Number(parent) }));
}
