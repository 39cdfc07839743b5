import { endOf, engine, type MemoryGarbage, type MeteredModule } from "@bedplate/wasm-module";
import type { ModuleShape } from "../artifact/module-shape.ts";
import type { WasmConfig } from "../config.ts";
import type { HostFunction } from "../extension/host-function.ts";
import { outcomeOfFailure } from "../run/outcome-of.ts";
import { type BaseState, initialise } from "./base-state.ts";
import type { GuestSource } from "./guest-source.ts";
import { instantiate } from "./live-guest.ts";
import { type GuestMaker, OnDemandSource } from "./on-demand-source.ts";
import { PooledSource } from "./pooled-source.ts";
import { SnapshotSource } from "./snapshot-source.ts";

/** What instances of one module are made from, and how. */
export interface SourceOptions {
  readonly compiled: MeteredModule;
  readonly shape: ModuleShape;
  readonly hostFunctions: readonly HostFunction[];
  readonly config: WasmConfig;
  /** Where memory of dropped instances is counted. */
  readonly garbage: MemoryGarbage;
}

/** How instances of a module are made. */
export function guestMaker(options: SourceOptions): GuestMaker {
  const { config, garbage } = options;
  return {
    make() {
      // Before more is taken.
      garbage.collect();
      return instantiate(options);
    },
    initialise: (guest, bounds) => initialise(guest, { config, bounds }),
    drop: ({ instance }) => garbage.add(instance.memoryBytes),
  };
}

/** Opens the configured kind of source; state that cannot be saved is made anew for each run. */
export function openSource(options: SourceOptions): GuestSource {
  const { config, shape } = options;
  const maker = guestMaker(options);
  const kind = shape.isSavable ? config.allocator : "on-demand";
  try {
    switch (kind) {
      case "on-demand":
        return new OnDemandSource(maker);
      case "pooled":
        return new PooledSource(maker, {
          idleMax: config.idleInstancesMax,
          resetBytesMax: config.resetBytesMax,
        });
      case "snapshot":
        return new SnapshotSource(maker);
    }
  } catch (error) {
    // Segments that do not fit trap while the engine makes the instance.
    if (!(error instanceof engine.RuntimeError)) throw error;
    return new BrokenSource(error);
  }
}

/** Of a module that no instance can be made of. */
class BrokenSource implements GuestSource {
  readonly #base: BaseState;
  readonly #error: Error;

  constructor(error: Error) {
    this.#error = error;
    const end = endOf(error);
    this.#base = {
      fuel: 0,
      memoryBytes: 0,
      wasDenied: false,
      ...(end.kind !== "returned" && { failure: outcomeOfFailure("contract", end) }),
    };
  }

  base(): BaseState {
    return this.#base;
  }

  take(): never {
    throw this.#error;
  }

  give(): void {
    // Nothing was taken.
  }
}
