import { raise } from "@bedplate/errors";
import { parseFloatExactly } from "./parse-float.ts";
import { isNumberType, type NumberType } from "./value-type.ts";

/** What WebAssembly takes for the four number types. */
export type Argument = number | bigint;

/** Longest text of one argument, in characters. */
export const argumentCharactersMax = 1_100;

/**
 * Reads texts as the declared types. Integers are decimal or `0x` hex and may be written signed or
 * unsigned; floats are decimal, `inf` or `nan`, and rounded once.
 */
export function parseArguments(
  texts: readonly string[],
  params: readonly string[],
): readonly Argument[] {
  if (texts.length !== params.length) {
    const at = Math.min(texts.length, params.length);
    throw refuse(`/args/${at}`, `the function takes ${params.length} and got ${texts.length}`);
  }
  return params.map((type, at) => parseArgument(texts[at] ?? "", { type, at }));
}

function parseArgument(
  text: string,
  { type, at }: { readonly type: string; readonly at: number },
): Argument {
  const isReadable = isNumberType(type) && text.length <= argumentCharactersMax;
  const value = isReadable ? parseAs(text, type) : undefined;
  if (value !== undefined) return value;
  throw refuse(`/args/${at}`, `it must be ${kindOf(type)}`);
}

function parseAs(text: string, type: NumberType): Argument | undefined {
  switch (type) {
    case "i32": {
      const value = parseInteger(text, 32n);
      return value === undefined ? undefined : Number(value);
    }
    case "i64":
      return parseInteger(text, 64n);
    case "f32":
    case "f64":
      return parseFloatExactly(text, type);
  }
}

/** A whole number from -2^(bits-1) to 2^bits - 1, as the signed number with the same bits. */
function parseInteger(text: string, bits: bigint): bigint | undefined {
  if (!/^[+-]?(?:\d+|0x[0-9a-fA-F]+)$/.test(text)) return undefined;
  const digits = text.replace(/^[+-]/, "");
  const value = text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  const isInRange = value >= -(1n << (bits - 1n)) && value < 1n << bits;
  return isInRange ? BigInt.asIntN(Number(bits), value) : undefined;
}

function kindOf(type: string): string {
  if (type === "i32" || type === "i64") return `an ${type} in decimal or 0x hex, in range`;
  return `an ${type} in decimal, inf or nan`;
}

function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path, rule },
    message: `Cannot read the argument ${path}: ${rule}`,
  });
}
