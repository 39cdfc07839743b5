import type { Outcome, ProgramInput } from "@bedplate/environment";
import type { WasmProfileName } from "../config.ts";
import { createWasi } from "../wasi/create-wasi.ts";
import { createImage, type FileSystemImage } from "../wasi/file-system/file-system-image.ts";
import type { GuestEnd } from "../wasi/guest-end.ts";
import { createVirtualClock, type WasiClock } from "../wasi/wasi-clock.ts";
import type { Attempt } from "./attempt.ts";
import { SeededChance } from "./chance.ts";
import type { GuestCell } from "./guest-cell.ts";
import { pageBytes } from "./page-count.ts";
import { RealClock } from "./real-clock.ts";

/** The functions of WASI for one attempt, by the name of the module that has them. */
export interface WasiWorld {
  readonly modules: Readonly<Record<string, WasiFunctions>>;
  /** Bytes that its file system holds for the guest. */
  readonly heldBytes: number;
  /** Gives that back. */
  close(): void;
}

/** Functions by name. */
export type WasiFunctions = Readonly<
  Record<string, (...values: readonly (number | bigint)[]) => number>
>;

/** What the guest finds in its world. */
export interface WorldContents {
  readonly program: ProgramInput;
  readonly profile: WasmProfileName;
}

/** Makes the WASI of one attempt over the guest in the cell. */
export function openWorld(cell: GuestCell, attempt: Attempt, contents: WorldContents): WasiWorld {
  const { program, profile } = contents;
  const chance = new SeededChance(attempt.seed);
  const wasi = createWasi({
    memory: () => cell.memory,
    args: [program.name || programNameDefault, ...program.args],
    env: profile === "deterministic" ? { ...fixedVariables, ...program.env } : program.env,
    stdin: program.stdin,
    image: imageOf(program, attempt.now),
    clock: clockOf(cell, attempt, profile),
    random(count) {
      cell.lookAtWall();
      return chance.bytes(count);
    },
    onOutput: (topic, bytes) => (attempt.output.write(topic, bytes) ? undefined : "stop"),
    onEnd: (end) => cell.mark({ kind: "outcome", outcome: outcomeOfEnd(end) }),
    onWork: (units) => cell.charge(units),
    mayHold: (bytes) => mayHold(cell, attempt, bytes),
  });
  return {
    modules: wasi.imports,
    get heldBytes() {
      return wasi.heldBytes;
    },
    close: () => wasi.close(),
  };
}

/** First argument of a program that nobody named. */
const programNameDefault = "main";

/** What a program can rely on to be there, the same everywhere. */
const fixedVariables = { TZ: "UTC", LANG: "C" } as const;

function imageOf({ files }: ProgramInput, now: number): FileSystemImage | undefined {
  if (Object.keys(files).length === 0) return undefined;
  return createImage({ files, atNs: BigInt(Math.trunc(now)) * 1_000_000n });
}

/** One unit of fuel stands for a nanosecond, so that loops that wait for time to pass end. */
function clockOf(cell: GuestCell, attempt: Attempt, profile: WasmProfileName): WasiClock {
  if (profile === "normal") return new RealClock(cell);
  return createVirtualClock({ startMs: attempt.now, workNs: () => BigInt(cell.fuelUsed) });
}

/** Files and memories share one budget: what the ones take is not there for the others. */
function mayHold(cell: GuestCell, attempt: Attempt, bytes: number): boolean {
  const total = bytes + cell.memoryBytes;
  if (total > attempt.pagesMax * pageBytes) {
    attempt.wasMemoryDenied = true;
    return false;
  }
  attempt.peakBytes = Math.max(attempt.peakBytes, total);
  cell.limitMemory(attempt.pagesMax - Math.ceil(bytes / pageBytes));
  return true;
}

function outcomeOfEnd(end: GuestEnd): Outcome {
  if (end.kind === "stopped") return { kind: "exhausted", meter: "outputBytes" };
  const kind = end.exitCode === 0 ? "returned" : "reverted";
  return { kind, output: new Uint8Array(), exitCode: end.exitCode };
}
