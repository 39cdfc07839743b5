import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compileMetered, type EngineMemory, engine } from "@bedplate/wasm-module";
import { createWasi, type WasiOptions } from "../../src/wasi/create-wasi.ts";
import { createImage, type FileSystemImage } from "../../src/wasi/file-system/file-system-image.ts";
import type { GuestEnd } from "../../src/wasi/guest-end.ts";
import { createVirtualClock } from "../../src/wasi/wasi-clock.ts";

/** One program of a folder of programs, with what it is given and what it must do. */
export interface SuiteCase {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this machine whose contents the guest finds under `/`. */
  readonly root: string | undefined;
  readonly exitCode: number;
  readonly stdout: string | undefined;
}

/** What came of it. */
export interface SuiteResult {
  readonly end: GuestEnd;
  readonly stdout: string;
  readonly stderr: string;
}

/** More than any case needs. */
const fuelMax = 10n ** 11n;

/** All cases of preview 1 in a checkout of the suite. */
export function readSuite(checkout: string): readonly SuiteCase[] {
  const programs = globSync("tests/*/testsuite/**/*.wasm", { cwd: checkout });
  return programs
    .filter((program) => !program.includes("wasip3"))
    .sort()
    .map((program) => readCase(join(checkout, program)));
}

/** Reads the description next to a program; what it leaves out is the default. */
export function readCase(program: string): SuiteCase {
  const json = program.replace(/\.wasm$/, ".json");
  const about = existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : {};
  const root = about.root ?? about.dirs?.[0];
  return {
    name: `${basename(dirname(dirname(dirname(program))))}/${basename(program, ".wasm")}`,
    program,
    args: about.args ?? [],
    env: about.env ?? {},
    root: root === undefined || root === null ? undefined : join(dirname(program), root),
    exitCode: about.exit_code ?? 0,
    stdout: about.stdout,
  };
}

/** How a program is run: by the engine as it is, or with fuel, depth and canonical NaN. */
export type SuiteMode = "bare" | "metered";

/** Runs a case. Traps are thrown. */
export function runCase(suiteCase: SuiteCase, mode: SuiteMode): SuiteResult {
  const { program, root } = suiteCase;
  const run = mode === "bare" ? runProgram : runMetered;
  return run(readFileSync(program), {
    args: [basename(program), ...suiteCase.args],
    env: suiteCase.env,
    image: root === undefined ? undefined : readFolder(root),
    preopens: root === undefined ? [] : ["/"],
  });
}

/** Runs a program without metering, and collects what it writes. */
export function runProgram(program: Uint8Array, options: Partial<WasiOptions>): SuiteResult {
  let memory: EngineMemory = new engine.Memory({ initial: 0 });
  const { wasi, output } = openWasi({ memory: () => memory, ...options });
  const instance = new engine.Instance(new engine.Module(program), wasi.imports);
  memory = instance.exports["memory"] as EngineMemory;
  const end = wasi.run(instance.exports["_start"] as () => void);
  return { end, ...output };
}

function runMetered(program: Uint8Array, options: Partial<WasiOptions>): SuiteResult {
  let memory: EngineMemory = new engine.Memory({ initial: 0 });
  const { wasi, output } = openWasi({ memory: () => memory, ...options });
  const instance = compileMetered(program, { nan: "canonical" }).instantiate(wasi.imports);
  memory = instance.exports["memory"] as EngineMemory;
  instance.allow({ fuel: fuelMax });
  const end = wasi.run(() => {
    for (const part of [instance.start(), instance.call("_start")]) {
      if (part.kind !== "returned") throw new Error(JSON.stringify(part));
    }
  });
  if (instance.fuelUsed === 0n) throw new Error("no fuel was counted");
  return { end, ...output };
}

function openWasi(options: Partial<WasiOptions> & Pick<WasiOptions, "memory">) {
  const output = { stdout: "", stderr: "" };
  const wasi = createWasi({
    clock: createVirtualClock({ startMs: 1_700_000_000_000 }),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    onOutput(stream, bytes) {
      output[stream] += Buffer.from(bytes).toString("latin1");
      return undefined;
    },
    ...options,
  });
  return { wasi, output };
}

/** True if the guest ended as its description says. */
export function isExpected(suiteCase: SuiteCase, { end, stdout }: SuiteResult): boolean {
  if (end.kind !== "exit" || end.exitCode !== suiteCase.exitCode) return false;
  return suiteCase.stdout === undefined || stdout === suiteCase.stdout;
}

function readFolder(folder: string): FileSystemImage {
  const files: Record<string, Uint8Array> = {};
  const directories: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inside = path.slice(folder.length);
    if (entry.isDirectory()) directories.push(inside);
    else if (entry.name !== ".gitkeep") files[inside] = readFileSync(path);
  }
  return createImage({ files, directories, atNs: 1_600_000_000_000_000_000n });
}
