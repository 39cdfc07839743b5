import { raise } from "@bedplate/errors";
import type { WasmModule } from "../module.ts";

/** Exports that the rewriter appends start with this; a module that uses it itself is refused. */
export const reservedPrefix = "#meter.";

/** Names of single appended exports. */
export const reservedNames: Readonly<
  Record<"fuel" | "depth" | "grant" | "start" | "drops" | "pages" | "denials" | "dirty", string>
> = {
  fuel: "#meter.fuel",
  depth: "#meter.depth",
  grant: "#meter.grant",
  start: "#meter.start",
  drops: "#meter.drops",
  pages: "#meter.pages",
  denials: "#meter.denials",
  dirty: "#meter.dirty",
};

/** Name of the custom section that says how a module was rewritten. */
export const markSection = "meter.rewrite";

/** Refuses a module that exports a reserved name, or that was rewritten before. */
export function refuseReservedNames(module: WasmModule): void {
  const taken = module.exports.find((each) => each.name.startsWith(reservedPrefix));
  const isMarked = module.sections.some((each) => each.name === markSection);
  if (taken === undefined && !isMarked) return;
  throw raise("argument.invalid", {
    op: "wasm.rewrite",
    detail: { path: "", rule: "not rewritten before" },
    message: `Cannot rewrite the module: it ${
      taken === undefined ? "was rewritten before" : `exports the reserved name ${taken.name}`
    }`,
  });
}
