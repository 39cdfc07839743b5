import { type BoundCall, bindCalls, previewCalls, unstableCalls } from "./bind-calls.ts";
import { captureImage } from "./file-system/capture-image.ts";
import { DescriptorTable } from "./file-system/descriptor-table.ts";
import { FileSystem } from "./file-system/file-system.ts";
import { emptyImage, type FileSystemImage } from "./file-system/file-system-image.ts";
import type { MayHold } from "./file-system/storage-quota.ts";
import { type GuestEnd, GuestEnded } from "./guest-end.ts";
import { GuestView, type MemoryAccessor } from "./guest-view.ts";
import { openPreopens, openStandardStreams } from "./initial-descriptors.ts";
import { checkTexts, environOf } from "./program-texts.ts";
import type { WasiClock } from "./wasi-clock.ts";
import type { OnOutput, WasiContext } from "./wasi-context.ts";
import { defaultWasiLimits, type WasiLimits } from "./wasi-limits.ts";

/** What one run of a WASI command is given. */
export interface WasiOptions {
  /** The memory that the guest exports; asked for when the first call comes. */
  readonly memory: MemoryAccessor;
  /** The first one is the name of the program. */
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: Uint8Array | undefined;
  /** What the file system holds at the start; shared by any number of runs. */
  readonly image?: FileSystemImage | undefined;
  /** Directories that the guest may use, by their absolute path; `/` if left out. */
  readonly preopens?: readonly string[] | undefined;
  readonly clock: WasiClock;
  /** That many random bytes. */
  readonly random: (count: number) => Uint8Array;
  readonly onOutput: OnOutput;
  /** Told once that the guest ended, before it is unwound: take away its fuel here. */
  readonly onEnd?: ((end: GuestEnd) => void) | undefined;
  /** Told what the host is about to do for the guest, in the units of `work-units.ts`. */
  readonly onWork?: ((units: number) => void) | undefined;
  /** Asked before files grow, so that they and the memory can share one budget. */
  readonly mayHold?: MayHold | undefined;
  readonly limits?: Partial<WasiLimits> | undefined;
}

/** The WASI of one run. */
export interface Wasi {
  /** For `WebAssembly.Instance`. */
  readonly imports: {
    readonly wasi_snapshot_preview1: Readonly<Record<string, BoundCall>>;
    /** The predecessor of preview 1; bound only if it is asked for. */
    readonly wasi_unstable: Readonly<Record<string, BoundCall>>;
  };
  /** Why the guest ended before its entry returned; undefined if it did not. */
  readonly ended: GuestEnd | undefined;
  /** Bytes that the file system holds for the guest. */
  readonly heldBytes: number;
  /**
   * Calls the guest's entry and says how it ended; returning is exit code 0. Traps are thrown, and
   * an end counts even if the guest caught it.
   */
  run(entry: () => void): GuestEnd;
  /** The file system as it is now. */
  captureFiles(): FileSystemImage;
  /** Gives back what the file system holds; nothing may be asked of it afterwards. */
  close(): void;
}

/** Makes the WASI of one run: cheap, because what may not be needed is made on first use. */
export function createWasi(options: WasiOptions): Wasi {
  const limits = { ...defaultWasiLimits, ...options.limits };
  const fileSystem = new FileSystem({
    image: options.image ?? emptyImage,
    limits,
    nowNs: () => options.clock.realtimeNs(),
    mayHold: options.mayHold,
    spend: options.onWork ?? nothing,
  });
  const context = createContext(options, { limits, fileSystem });
  openStandardStreams(context, options.stdin);
  openPreopens(context, options.preopens ?? ["/"]);
  let unstable: Readonly<Record<string, BoundCall>> | undefined;
  return {
    imports: {
      wasi_snapshot_preview1: bindCalls(context, previewCalls),
      get wasi_unstable() {
        unstable ??= bindCalls(context, unstableCalls);
        return unstable;
      },
    },
    get ended() {
      return context.ended;
    },
    get heldBytes() {
      return fileSystem.quota.bytes;
    },
    run: (entry) => runEntry(context, entry),
    captureFiles: () => captureImage(fileSystem),
    close: () => fileSystem.large.freeAll(),
  };
}

function createContext(
  options: WasiOptions,
  parts: { readonly limits: WasiLimits; readonly fileSystem: FileSystem },
): WasiContext {
  const { limits, fileSystem } = parts;
  const { clock, onOutput, random } = options;
  return {
    view: new GuestView(options.memory),
    fileSystem,
    descriptors: new DescriptorTable(fileSystem, limits.descriptorsMax),
    clock,
    limits,
    args: checkTexts(options.args ?? [], "args"),
    environ: environOf(options.env ?? {}),
    random,
    onOutput,
    spend: options.onWork ?? nothing,
    ended: undefined,
    end(end) {
      if (this.ended === undefined) {
        this.ended = end;
        options.onEnd?.(end);
      }
      throw new GuestEnded(this.ended);
    },
  };
}

function runEntry(context: WasiContext, entry: () => void): GuestEnd {
  try {
    entry();
  } catch (error) {
    if (context.ended === undefined) throw error;
  }
  return context.ended ?? { kind: "exit", exitCode: 0 };
}

function nothing(): void {}
