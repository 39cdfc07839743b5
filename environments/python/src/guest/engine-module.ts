import {
  type CallEnd,
  compileRewritten,
  type EngineGlobal,
  type MeteredInstance,
  type RewrittenModule,
  reservedPrefix,
} from "@bedplate/wasm-module";
import { GuestEnd } from "./guest-end.ts";
import { guestImports } from "./guest-imports.ts";
import type { GuestState } from "./guest-state.ts";
import type { InterpreterExports } from "./interpreter-exports.ts";
import type { MeteredInterpreter, MeteredModule, WorkBounds } from "./metered-module.ts";

/**
 * Fuel between two looks at the clock: some milliseconds of work. A fixed number, because events
 * are sent at slices and have to be the same each time.
 */
export const sliceFuel = 20_000_000n;

/** Bytes of native stack that one slot of depth stands for, with the engine's own overhead. */
const stackBytesPerSlot = 12;

/** Compiles a rewritten interpreter for this process. */
export function meteredModule(
  rewritten: RewrittenModule,
  options: { readonly stackBytes: number },
): MeteredModule {
  const compiled = compileRewritten(rewritten);
  const depthSlots = Math.floor(options.stackBytes / stackBytesPerSlot);
  return {
    instantiate(guest: GuestState): MeteredInterpreter {
      const imports = guestImports(compiled.module, () => guest);
      return meter(compiled.instantiate(imports), depthSlots);
    },
  };
}

function meter(instance: MeteredInstance, depthSlots: number): MeteredInterpreter {
  const counter = instance.exports[`${reservedPrefix}fuel`] as EngineGlobal<bigint>;
  return {
    exports: instance.exports as unknown as InterpreterExports,
    used: () => Number(instance.fuelUsed),
    charge: (fuel) => {
      counter.value -= BigInt(fuel);
    },
    prepare: (job) => {
      instance.allow({ depthSlots });
      const end = instance.run(job, []);
      if (end.kind !== "returned") throw toError(end);
      return end.value as ReturnType<typeof job>;
    },
    work: (bounds, job) => work(instance, { bounds, depthSlots, job }),
  };
}

function work<T>(
  instance: MeteredInstance,
  what: { readonly bounds: WorkBounds; readonly depthSlots: number; job(): T },
): T {
  const { bounds, depthSlots, job } = what;
  let ended: GuestEnd | undefined;
  const onSlice = (): boolean => {
    try {
      bounds.onSlice();
      return true;
    } catch (error) {
      if (!(error instanceof GuestEnd)) throw error;
      ended = error;
      return false;
    }
  };
  instance.allow({ fuel: BigInt(bounds.fuel), sliceFuel, onSlice, depthSlots });
  const end = instance.run(job, []);
  if (end.kind === "returned") return end.value as T;
  throw ended ?? toError(end);
}

function toError(end: Exclude<CallEnd, { readonly kind: "returned" }>): unknown {
  switch (end.kind) {
    case "threw":
      return end.error;
    case "out-of-fuel":
      return new GuestEnd({ kind: "exhausted", meter: "fuel" });
    case "too-deep":
      return new GuestEnd({ kind: "exhausted", meter: "depth" });
    case "trapped":
      return new GuestEnd({ kind: "trap", reason: end.reason });
    case "stopped":
      return new GuestEnd({ kind: "trap", reason: end.reason });
  }
}
