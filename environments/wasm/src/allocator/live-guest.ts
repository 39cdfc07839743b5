import { raise } from "@bedplate/errors";
import type { EngineImports, MeteredInstance, MeteredModule } from "@bedplate/wasm-module";
import { importedNames, type ModuleShape } from "../artifact/module-shape.ts";
import { wasiModules } from "../artifact/wasi-functions.ts";
import { contractImports, contractModule } from "../contract/contract-imports.ts";
import { extensionImports } from "../extension/extension-imports.ts";
import { extensionModule, type HostFunction } from "../extension/host-function.ts";
import { GuestCell } from "../run/guest-cell.ts";
import { wasiImports } from "../run/wasi-imports.ts";

/** An instance of a module, and the cell that runs take to use it. */
export interface LiveGuest {
  readonly instance: MeteredInstance;
  readonly cell: GuestCell;
}

/** What instances are made from. */
export interface GuestPlan {
  readonly compiled: MeteredModule;
  readonly shape: ModuleShape;
  readonly hostFunctions: readonly HostFunction[];
}

/** Makes an instance; none of its own code has run yet. */
export function instantiate(plan: GuestPlan): LiveGuest {
  const cell = new GuestCell();
  const instance = demandMemory(() => plan.compiled.instantiate(importsFor(plan, cell)));
  cell.attach(instance);
  return { instance, cell };
}

/** The engine says by a RangeError that the host has no memory left for a guest's. */
function demandMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw raise("environment.unhealthy", {
      op: "instance.invoke",
      detail: { reason: "out of memory" },
      message: "Cannot make an instance: the host has no memory left for it",
      cause: error,
    });
  }
}

/** Only what the module imports: most modules need few functions, and instances are made often. */
function importsFor({ shape, hostFunctions }: GuestPlan, cell: GuestCell): EngineImports {
  const imports: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [module, names] of importedNames(shape)) {
    if (wasiModules.includes(module)) imports[module] = wasiImports(cell, { module, names });
    if (module === contractModule) imports[module] = contractImports(cell);
    if (module === extensionModule) imports[module] = extensionImports(cell, hostFunctions);
  }
  return imports;
}
