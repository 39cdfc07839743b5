import { type EngineModule, type EngineTable, engine } from "../engine.ts";

/** Answers how much fuel to add, given the counter; zero or less denies. */
export type GrantFuel = (counter: bigint) => bigint;

/**
 * A module that imports one function and exports it again. A table takes only functions that come
 * out of a module, so the host's function passes through this one.
 */
const adapterBytes: Uint8Array = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type: (i64) -> (i64).
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7e, 0x01, 0x7e],
  // Import "h" "g" as a function of that type.
  ...[0x02, 0x07, 0x01, 0x01, 0x68, 0x01, 0x67, 0x00, 0x00],
  // Export it as "g".
  ...[0x07, 0x05, 0x01, 0x01, 0x67, 0x00, 0x00],
);

let adapter: EngineModule | undefined;

/** Puts the host's function into the table that the rewriter appended. */
export function installGrant(table: EngineTable, grant: GrantFuel): void {
  adapter ??= new engine.Module(adapterBytes);
  const { exports } = new engine.Instance(adapter, { h: { g: grant } });
  table.set(0, exports["g"]);
}
