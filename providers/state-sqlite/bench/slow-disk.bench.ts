/**
 * What grouping is worth on slower disks: the commits of `commit.bench.ts` by 16 callers, while every
 * fsync takes some milliseconds longer. Needs a C compiler and Linux.
 * Run: node providers/state-sqlite/bench/slow-disk.bench.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportBench } from "@bedplate/testkit";
import { measureCommits } from "./measure-commits.ts";

const callers = 16;
const slowSync = process.env["SLOW_SYNC_MS"];
if (slowSync === undefined) reportSlowDisks();
else process.stdout.write(JSON.stringify(await measureBoth()));

/** Grouped and single commits per second in this process. */
async function measureBoth(): Promise<readonly number[]> {
  const [grouped = 0] = await measureCommits(callers, "grouped");
  const [single = 0] = await measureCommits(callers, "single");
  return [grouped, single];
}

function reportSlowDisks(): void {
  const folder = mkdtempSync(join(tmpdir(), "bedplate-slow-sync-"));
  try {
    const library = join(folder, "slow-sync.so");
    const source = join(import.meta.dirname, "slow-sync.c");
    execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    reportBench("slow disk", {
      columns: ["fsync takes longer by, ms", "grouped/s", "single/s", "ratio"],
      rows: [0, 1, 2, 5].map((ms) => measureWith(library, ms)),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measureWith(library: string, ms: number): readonly number[] {
  const env = { ...process.env, LD_PRELOAD: library, SLOW_SYNC_MS: String(ms) };
  const printed = execFileSync(process.execPath, [import.meta.filename], { env, encoding: "utf8" });
  const [grouped = 0, single = 0] = JSON.parse(printed) as number[];
  return [ms, grouped, single, grouped / single];
}
