/**
 * Runs benchmarks one after another: `npm run bench` all of them, `npm run bench -- wasm` those whose
 * path has the word in it. A benchmark is a plain script that prints a table in Markdown and one line
 * of JSON. With `--write` the tables take their places in docs/reference/benchmarks.md.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

const page = "docs/reference/benchmarks.md";

const isWriting = process.argv.includes("--write");
const words = process.argv.slice(2).filter((each) => !each.startsWith("--"));
const files = globSync(
  "{bench,{foundation,contracts,environments,providers,core,api,apps}/*/bench}/**/*.bench.ts",
  { exclude: (path) => path.includes("node_modules") },
)
  .filter((path) => words.every((word) => path.includes(word)))
  .sort();
if (files.length === 0)
  process.stderr.write(`No benchmark has ${words.join(" and ")} in its path\n`);
let failures = files.length === 0 ? 1 : 0;
for (const file of files) {
  process.stdout.write(`\n## ${file}\n\n`);
  const { status, stdout } = spawnSync(process.execPath, ["--expose-gc", file], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  process.stdout.write(stdout);
  if (!/^\{/m.test(stdout)) process.stdout.write(`${asJson(nameOf(file), stdout)}\n`);
  if (status !== 0) failures++;
  else if (isWriting) writeResult(nameOf(file), stdout);
}
process.exitCode = failures;

/** The path without what all of them have: `foundation/wasm/metering`. */
function nameOf(file: string): string {
  return file.replace(/(^|\/)bench\//, "$1").replace(/\.bench\.ts$/, "");
}

/** The tables that a benchmark printed, as one line. */
function asJson(bench: string, printed: string): string {
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split("|")
      .map((each) => each.trim());
  const rows = printed
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line));
  return JSON.stringify({ bench, node: process.version, rows: rows.map(cells) });
}

/** Puts what a benchmark printed between its markers, with the place and the day of it. */
function writeResult(name: string, printed: string): void {
  const text = readFileSync(page, "utf8");
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < 0) {
    process.stderr.write(`${page} has no place for ${name}: add ${open} and ${close}\n`);
    return;
  }
  const tables = printed
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .join("\n")
    .trim();
  const result = `${open}\n${tables}\n\n_${machine()}_\n${close}`;
  writeFileSync(page, `${text.slice(0, start)}${result}${text.slice(end + close.length)}`);
}

function machine(): string {
  const all = cpus();
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}; ${all.length} processors, ${all[0]?.model ?? "unknown"}, ${gibibytes} GiB; Node ${process.versions.node}`;
}
