import { raise } from "@bedplate/errors";

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Refuses an entry that the script cannot have, before anything of it runs. What the text does name
 * may still be no function: that shows only when it has run.
 */
export function demandEntry(entry: string, source: string): void {
  if (entry === "main") return;
  const passesNamesOn = /\bexport\s*\*/.test(source);
  if (identifier.test(entry) && (passesNamesOn || source.includes(entry))) return;
  throw noEntry(entry);
}

/** The fault of an entry that names no function of the script. */
export function noEntry(entry: string): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/entry", rule: "must name a function of the script" },
    message: `Cannot invoke: the script has no function ${JSON.stringify(entry)}`,
  });
}
