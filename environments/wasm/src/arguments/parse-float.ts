const shape = /^([+-]?)(?:(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?|(inf|infinity|nan))$/i;

/** Reads a decimal as the nearest float, ties to even; undefined when it is none. */
export function parseFloatExactly(text: string, type: "f32" | "f64"): number | undefined {
  const parts = shape.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0", word] = parts;
  if (word !== undefined) return readWord(word, sign);
  const nearest = Number(text);
  if (type === "f64" || !isTie(nearest)) return type === "f64" ? nearest : Math.fround(nearest);
  // The double lies exactly between two singles: the decimal itself decides the side.
  const decimal = { digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length };
  const side = compareDecimal(decimal, Math.abs(nearest));
  const negative = sign === "-" ? -1 : 1;
  if (side === 0) return Math.fround(nearest);
  return Math.fround(nextDouble(Math.abs(nearest), side) * negative);
}

function readWord(word: string, sign: string): number {
  if (word.toLowerCase() === "nan") return Number.NaN;
  return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** True when a double is exactly half way between two neighbouring singles. */
function isTie(value: number): boolean {
  const single = Math.fround(value);
  if (single === value || !Number.isFinite(value)) return false;
  const above = Math.fround(nextDouble(Math.abs(value), 1));
  const below = Math.fround(nextDouble(Math.abs(value), -1));
  return above !== below;
}

/** The neighbouring double of a positive one. */
function nextDouble(value: number, side: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + BigInt(side));
  return view.getFloat64(0);
}

/** Sign of `digits * 10^power - value`, without rounding. */
function compareDecimal(
  decimal: { readonly digits: bigint; readonly power: number },
  value: number,
): number {
  const { mantissa, power } = splitDouble(value);
  let left = decimal.digits;
  let right = mantissa;
  if (decimal.power >= 0) left *= 10n ** BigInt(decimal.power);
  else right *= 10n ** BigInt(-decimal.power);
  if (power >= 0) right <<= BigInt(power);
  else left <<= BigInt(-power);
  if (left === right) return 0;
  return left > right ? 1 : -1;
}

/** A positive finite double as `mantissa * 2^power`. */
function splitDouble(value: number): { readonly mantissa: bigint; readonly power: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n) & 0x7ff;
  const fraction = bits & ((1n << 52n) - 1n);
  if (biased === 0) return { mantissa: fraction, power: -1074 };
  return { mantissa: fraction | (1n << 52n), power: biased - 1075 };
}
