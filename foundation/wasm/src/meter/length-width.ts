import type { WasmModule } from "../module.ts";

/** An operation that works on a length, and the indices that it names. */
export interface LengthOperation {
  readonly name: string;
  readonly first: number;
  readonly second: number;
}

/** True when the length on top of the stack has 64 bits. */
export function isLongLength(module: WasmModule, operation: LengthOperation): boolean {
  const { name, first, second } = operation;
  const isLong = (items: WasmModule["memories"] | WasmModule["tables"], index: number) =>
    items[index]?.limits.addressType === "i64";
  switch (name) {
    case "memory.fill":
    case "memory.grow":
      return isLong(module.memories, first);
    case "memory.copy":
      return isLong(module.memories, first) && isLong(module.memories, second);
    case "table.fill":
    case "table.grow":
      return isLong(module.tables, first);
    case "table.copy":
      return isLong(module.tables, first) && isLong(module.tables, second);
    default:
      return false;
  }
}
