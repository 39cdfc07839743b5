import fc from "fast-check";
import { expect, test } from "vitest";
import { wasiFunctions } from "../../src/artifact/wasi-functions.ts";
import { errno } from "../../src/wasi/errno.ts";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { GuestEnded } from "../../src/wasi/guest-end.ts";
import { DirectGuest } from "./direct-guest.ts";

const numbers: ReadonlySet<number> = new Set(Object.values(errno));
const totalBytesMax = 300_000;
/** Some 10 ms of work for a guest. */
const unitsMax = 100_000_000;

/** Stands for the end of the fuel. */
class OutOfUnits extends Error {}

const small = fc.integer({ min: 0, max: 12 });
const place = fc.integer({ min: 0, max: 1 << 20 });
const i32 = fc.oneof(
  { weight: 4, arbitrary: small },
  { weight: 3, arbitrary: place },
  fc.constantFrom(-1, -8, 0x7fffffff, -0x80000000, (1 << 20) - 4),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const i64 = fc.oneof(
  { weight: 4, arbitrary: small.map(BigInt) },
  fc.constantFrom(-1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 30n - 1n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** A call with values of the right types, and otherwise whatever comes. */
const anyCall = fc.constantFrom(...Object.entries(wasiFunctions)).chain(([name, type]) => {
  const params = type.slice(1, type.indexOf(")")).split(", ").filter(Boolean);
  const values = params.map((each) => (each === "i64" ? i64 : i32));
  return fc.record({ name: fc.constant(name), values: fc.tuple(...values) });
});

/** Memory full of short paths and small numbers, so that many calls get somewhere. */
const memory = fc.array(
  fc.oneof(
    fc.constantFrom(..."abd./").map((letter) => letter.charCodeAt(0)),
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: 255 }),
  ),
  { minLength: 64, maxLength: 256 },
);

test("no call, whatever it is given, does more than fail", () => {
  const image = createImage({ files: { "/a": Buffer.from("a"), "/d/b": Buffer.from("b") } });
  fc.assert(
    fc.property(fc.array(anyCall, { maxLength: 60 }), memory, (calls, pattern) => {
      const limits = { totalBytesMax, fileBytesMax: 100_000, descriptorsMax: 20 };
      let units = unitsMax;
      const guest = new DirectGuest({
        image,
        limits,
        onOutput: () => undefined,
        onWork(count) {
          units -= count;
          if (units < 0) throw new OutOfUnits();
        },
      });
      fillWith(guest.bytes, Uint8Array.from(pattern));
      for (const { name, values } of calls) {
        if (!isAnswered(guest, name, values)) return;
        expect(guest.wasi.heldBytes).toBeLessThanOrEqual(totalBytesMax);
      }
    }),
    { numRuns: 1500 },
  );
});

test("the functions have the types that a guest may import", () => {
  const { wasi_snapshot_preview1: functions } = new DirectGuest().wasi.imports;
  expect(Object.keys(functions).sort()).toEqual(Object.keys(wasiFunctions).sort());
});

function fillWith(bytes: Uint8Array, pattern: Uint8Array): void {
  bytes.set(pattern);
  for (let filled = pattern.length; filled < bytes.length; filled *= 2) {
    bytes.copyWithin(filled, 0, Math.min(filled, bytes.length - filled));
  }
}

/** False once the guest has ended, as it may by two of the functions, or for lack of fuel. */
function isAnswered(
  guest: DirectGuest,
  name: string,
  values: readonly (number | bigint)[],
): boolean {
  try {
    const code = guest.call(name, ...values);
    expect(numbers.has(code), `${name} answered ${code}`).toBe(true);
    return true;
  } catch (error) {
    const isExit = error instanceof GuestEnded && name.startsWith("proc_");
    const isEnd = isExit || error instanceof OutOfUnits;
    if (!isEnd) throw error;
    return false;
  }
}
