import { raise } from "@bedplate/errors";
import type { MeteredInstance, StateSnapshot } from "@bedplate/wasm-module";

/**
 * Rewrites the references of an image to those of another instance of the same module. A function
 * is known by its index, which is its name (WebAssembly JavaScript Interface, "Exported Function
 * Exotic Objects").
 */
export function moveImage(image: StateSnapshot, to: MeteredInstance): StateSnapshot {
  const known = knownFunctions(to);
  const move = (value: unknown): unknown => {
    if (typeof value !== "function") return value;
    const moved = known.get(functionIndex(value));
    if (moved === undefined) throw unknownFunction(functionIndex(value));
    return moved;
  };
  return {
    ...image,
    globals: image.globals.map(move),
    tables: image.tables.map((t) => t.map(move)),
  };
}

/** The index of a function that came out of a module. */
export function functionIndex(value: unknown): string {
  return (value as { readonly name: string }).name;
}

/** Every function of an instance that its exports and tables show. */
function knownFunctions(instance: MeteredInstance): ReadonlyMap<string, unknown> {
  const { tables, globals } = instance.save();
  const shown = [...Object.values(instance.exports), ...tables.flat(), ...globals];
  const functions = shown.filter((each) => typeof each === "function");
  return new Map(functions.map((each) => [functionIndex(each), each]));
}

function unknownFunction(index: string): Error {
  return raise("internal.bug", {
    op: "instance.rewind",
    detail: { where: "session.moveImage" },
    message: `Cannot put the session's state back: a new instance does not show function ${index}`,
  });
}
