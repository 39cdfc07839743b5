import { type EngineModule, engine } from "@bedplate/wasm-module";
import { pageBytes } from "./layout.ts";
import { buildMachine } from "./machine-module.ts";

/** Memory that gas pays for may still be more than there is: such an execution is stopped, not failed. */
const memoryMiBDefault = 2_047;
/** What lies before the EVM memories takes 577 MiB of addresses, and of memory what is touched. */
const memoryMiBMin = 640;
/** Addresses stay positive as 32-bit integers. */
const memoryMiBMax = 2_047;

/** The machine's module, and the largest memory that its instances may have. */
export interface MachineModule {
  readonly module: EngineModule;
  readonly memoryBytesMax: number;
}

const opened = new Map<number, MachineModule>();

/**
 * Emits and compiles the machine, once per size and thread. The result can be posted to other threads, which
 * then need not emit it again.
 */
export function openMachineModule(memoryMaxMiB: number = memoryMiBDefault): MachineModule {
  const memoryMiB = Math.min(memoryMiBMax, Math.max(memoryMiBMin, Math.floor(memoryMaxMiB)));
  const memoryBytesMax = memoryMiB * 2 ** 20;
  const known = opened.get(memoryBytesMax);
  if (known !== undefined) return known;
  const bytes = buildMachine({ memoryPagesMax: memoryBytesMax / pageBytes });
  const built = { module: new engine.Module(bytes), memoryBytesMax };
  opened.set(memoryBytesMax, built);
  return built;
}
