/**
 * Writes what a function gave as JSON text: nothing for no result, the value for one, a list for
 * more. Integers of 64 bits are plain digits; `NaN` and the infinities, which JSON lacks, are texts.
 */
export function printResults(given: unknown, types: readonly string[]): string {
  if (types.length === 0) return "";
  if (types.length === 1) return printValue(given);
  return `[${(given as readonly unknown[]).map(printValue).join(",")}]`;
}

function printValue(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "number") return "null";
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  return Object.is(value, -0) ? "-0" : String(value);
}
