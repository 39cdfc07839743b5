import { type FaultError, raise } from "@bedplate/errors";
import type { Feature } from "../feature.ts";
import type { WasmModule } from "../module.ts";
import { featureBit, featureBits, opcodeNames } from "../opcodes/opcode-table.ts";

/** The bits of the features that instructions can show. */
export function refusedBits(refuse: readonly Feature[]): number {
  return refuse.reduce((bits, feature) => bits | featureBit(feature), 0);
}

/** The error for an instruction of a refused feature. */
export function refusedInstruction(
  refuse: readonly Feature[],
  at: { readonly code: number; readonly offset: number },
): FaultError<"argument.invalid"> {
  const bits = featureBits[at.code] as number;
  const feature = refuse.find((each) => (featureBit(each) & bits) !== 0) ?? "gc";
  return refusal(feature, `${opcodeNames[at.code]} at byte ${at.offset}`);
}

/** Refuses features that show in the sections, before any body is read. */
export function refuseSectionFeatures(module: WasmModule, refuse: readonly Feature[]): void {
  for (const feature of refuse) {
    const found = findInSections(module, feature);
    if (found !== undefined) throw refusal(feature, found);
  }
}

function refusal(feature: Feature, where: string): FaultError<"argument.invalid"> {
  return raise("argument.invalid", {
    op: "wasm.rewrite",
    detail: { path: "", rule: `feature ${feature} is refused` },
    message: `Cannot accept the module: it uses the refused feature ${feature} (${where})`,
  });
}

function findInSections(module: WasmModule, feature: Feature): string | undefined {
  switch (feature) {
    case "gc":
      return findHeapType(module);
    case "threads":
      return sharedMemory(module);
    case "exceptions":
      return module.tags.length > 0 ? "a tag" : undefined;
    case "memory64":
      return longAddresses(module);
    case "multi-memory":
      return module.memories.length > 1 ? `${module.memories.length} memories` : undefined;
    case "reference-types":
      return module.tables.length > 1 ? `${module.tables.length} tables` : undefined;
    case "bulk-memory":
      return module.dataCount === undefined ? undefined : "a data count section";
    default:
      return undefined;
  }
}

function findHeapType(module: WasmModule): string | undefined {
  const index = module.types.findIndex(
    (type) => type.kind !== "function" || !type.isFinal || type.supertypes.length > 0,
  );
  return index < 0 ? undefined : `type ${index}`;
}

function sharedMemory(module: WasmModule): string | undefined {
  const index = module.memories.findIndex((each) => each.limits.isShared);
  return index < 0
    ? undefined
    : `shared memory ${index}, byte ${module.memories[index]?.range.start}`;
}

function longAddresses(module: WasmModule): string | undefined {
  const isLong = (each: { readonly limits: { readonly addressType: string } }) =>
    each.limits.addressType === "i64";
  const memory = module.memories.findIndex(isLong);
  if (memory >= 0) return `memory ${memory}, byte ${module.memories[memory]?.range.start}`;
  const table = module.tables.findIndex(isLong);
  return table < 0 ? undefined : `table ${table}`;
}
