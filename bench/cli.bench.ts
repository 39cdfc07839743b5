/**
 * Wall time of `./bedplate run` and of its help as a user sees them: the process with everything in it,
 * on a data folder that is new (cold) and on one that was used (warm).
 *
 * Run it with `node bench/cli.bench.ts [rounds]`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder, quantile, reportBench } from "@bedplate/testkit";
import { childCpuMs } from "./harness/cpu-time.ts";

const rounds = Number(process.argv[2] ?? 5);
const root = join(import.meta.dirname, "..");
const programs = ["hello.wasm", "hello.js", "primes.py"];

interface Timing {
  readonly wallMs: number;
  readonly cpuMs: number;
}

// The launcher installs what is missing; that is not what is measured.
spawnSync("sh", ["tools/install.sh", "all"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
const rows: (string | number)[][] = [];
for (const program of programs) {
  const path = join("examples", program);
  if (!existsSync(join(root, path))) continue;
  const cold: Timing[] = [];
  const warm: Timing[] = [];
  for (let round = 0; round < rounds; round++) {
    using folder = openScratchFolder("bedplate-bench");
    cold.push(run(["run", path], folder.path));
    warm.push(run(["run", path], folder.path));
  }
  rows.push(row(path, "cold", cold), row(path, "warm", warm));
}
{
  using folder = openScratchFolder("bedplate-bench");
  const helps = Array.from({ length: rounds }, () => run(["help"], folder.path));
  rows.push(row("help", "none", helps));
}
reportBench("cli", {
  columns: ["./bedplate", "data folder", "median ms", "least ms", "rounds", "CPU ms"],
  rows,
  notes: ["Cold: an empty data folder, so that what is cached there is made first."],
});

function run(words: readonly string[], data: string): Timing {
  const cpuMs = childCpuMs();
  const startedMs = performance.now();
  const { status, stderr } = spawnSync("./bedplate", words, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, BEDPLATE_DATA: data },
  });
  if (status !== 0) throw new Error(`bedplate ${words.join(" ")} ended with ${status}: ${stderr}`);
  return { wallMs: performance.now() - startedMs, cpuMs: childCpuMs() - cpuMs };
}

function row(what: string, folder: string, timings: readonly Timing[]): (string | number)[] {
  const walls = timings.map((each) => each.wallMs);
  const cpus = timings.map((each) => each.cpuMs);
  const figures = [quantile(walls, 0.5), Math.min(...walls), timings.length, quantile(cpus, 0.5)];
  return [what, folder, ...figures.map((each) => Math.round(each))];
}
