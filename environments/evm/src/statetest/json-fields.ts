import { bytesOfHex, wordOfBytes } from "../transition/bytes.ts";
import { type RejectionCode, TransactionRejected } from "../transition/rejection.ts";

/** A value of a test file that does not have the form its place asks for. */
export class MalformedField extends Error {
  override readonly name = "MalformedField";
}

/** A JSON object whose members are read by name; numbers and bytes are texts in `0x` form. */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new MalformedField(`${path} is not an object`);
    }
    this.#object = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  has(name: string): boolean {
    const value = this.raw(name);
    return value !== undefined && value !== null;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  text(name: string): string {
    const value = this.raw(name);
    return typeof value === "string" ? value : this.#wrong(name, "not a text");
  }

  /** A number below 2 to the power of `bits`: `0x` digits, decimal digits, or a JSON number. */
  number(name: string, bits = 256): bigint {
    const value = numberOf(this.raw(name));
    if (value === undefined) return this.#wrong(name, "not a number");
    return value >> BigInt(bits) === 0n ? value : this.#wrong(name, `longer than ${bits} bits`);
  }

  numberOr<Other>(name: string, other: Other): bigint | Other {
    return this.has(name) ? this.number(name) : other;
  }

  bytes(name: string): Uint8Array {
    return bytesOf(this.raw(name)) ?? this.#wrong(name, "not bytes in hexadecimal");
  }

  address(name: string): Uint8Array {
    const bytes = this.bytes(name);
    return bytes.length === 20 ? bytes : this.#wrong(name, "not an address of 20 bytes");
  }

  /** At most 32 bytes, padded on the left. */
  word(name: string): Uint8Array {
    return wordOf(this.raw(name)) ?? this.#wrong(name, "not a word of 32 bytes");
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    return Array.isArray(value) ? value : this.#wrong(name, "not a list");
  }

  object(name: string): JsonFields {
    return new JsonFields(this.raw(name), `${this.#path}.${name}`);
  }

  entries(): readonly (readonly [string, unknown])[] {
    return Object.entries(this.#object);
  }

  #wrong(name: string, problem: string): never {
    throw new MalformedField(`${this.#path}.${name} is ${problem}`);
  }
}

export function numberOf(value: unknown): bigint | undefined {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  if (typeof value !== "string") return undefined;
  // Some vectors write a number that is too long on purpose so that parsers do not normalise it.
  const digits = value.startsWith("0x:bigint ") ? value.slice(10) : value;
  if (digits === "" || digits === "0x") return 0n;
  return /^(0x[0-9a-fA-F]+|\d+)$/.test(digits) && digits.length <= 1_000
    ? BigInt(digits)
    : undefined;
}

export function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const digits = value.startsWith("0x") ? value.slice(2) : value;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  return bytesOfHex(digits);
}

export function wordOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string" || !value.startsWith("0x") || value.length > 66) return undefined;
  const bytes = bytesOf(value.length % 2 === 0 ? value : `0x0${value.slice(2)}`);
  return bytes && wordOfBytes(bytes);
}

/** Reads a number of a transaction; one that is too large makes the transaction, not the file, wrong. */
export function boundedNumber(
  value: unknown,
  { bits, code }: { bits: number; code: RejectionCode },
): bigint {
  const number = numberOf(value);
  if (number === undefined) throw new TransactionRejected("MALFORMED", "a number is not one");
  if (number >> BigInt(bits) === 0n) return number;
  throw new TransactionRejected(code, `a number has more than ${bits} bits`);
}
