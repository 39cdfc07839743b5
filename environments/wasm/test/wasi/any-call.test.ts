import fc from "fast-check";
import { expect, test } from "vitest";
import { wasiFunctions } from "../../src/artifact/wasi-functions.ts";
import { errno } from "../../src/wasi/errno.ts";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { DirectGuest } from "./direct-guest.ts";

const numbers: ReadonlySet<number> = new Set(Object.values(errno));
const totalBytesMax = 300_000;
/** Some 10 ms of work for a guest. */
const unitsMax = 100_000_000;

/** Stands for the end of the fuel. */
class OutOfUnits extends Error {}

/** Where sound things lie in the memory, so that many calls get somewhere. */
const sound = { vectors: 1024, file: 2048, directory: 2064, inside: 2080, fresh: 2096, room: 8192 };

const small = fc.integer({ min: 0, max: 5 });
const i32 = fc.oneof(
  { weight: 9, arbitrary: small },
  { weight: 6, arbitrary: fc.constantFrom(...Object.values(sound)) },
  fc.integer({ min: 0, max: 1 << 20 }),
  fc.constantFrom(-1, -8, 0x7fffffff, -0x80000000, (1 << 20) - 4),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const i64 = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(0n, 1n, 2n, 6n, 64n, 2n ** 13n) },
  fc.constantFrom(-1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 30n - 1n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** A call with values of the right types, and otherwise whatever comes. Calls that end the guest are left out. */
const callable = Object.entries(wasiFunctions).filter(([name]) => !/^proc_/.test(name));
const anyCall = fc.constantFrom(...callable).chain(([name, type]) => {
  const params = type.slice(1, type.indexOf(")")).split(", ").filter(Boolean);
  const values = params.map((each) => (each === "i64" ? i64 : i32));
  return fc.record({ name: fc.constant(name), values: fc.tuple(...values) });
});

/** Memory full of short paths and small numbers. */
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
    fc.property(fc.array(anyCall, { maxLength: 100, size: "max" }), memory, (calls, pattern) => {
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
      placeSound(guest);
      guest.open("a");
      guest.open("d", { flags: 2 });
      for (const { name, values } of calls) {
        if (!isAnswered(guest, name, values)) return;
        expect(guest.wasi.heldBytes).toBeLessThanOrEqual(totalBytesMax);
      }
    }),
    { numRuns: 300 },
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

function placeSound({ bytes, data }: DirectGuest): void {
  for (let index = 0; index < 8; index++) {
    data.setUint32(sound.vectors + index * 8, sound.room + index * 100, true);
    data.setUint32(sound.vectors + index * 8 + 4, 7, true);
  }
  const paths = { file: "a", directory: "d", inside: "d/b", fresh: "new" } as const;
  for (const name of ["file", "directory", "inside", "fresh"] as const) {
    bytes.set(Buffer.from(paths[name].padEnd(8, "\0")), sound[name]);
  }
  bytes.fill(0, sound.room, sound.room + 4096);
}

/** False once the guest has no fuel left. */
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
    if (!(error instanceof OutOfUnits)) throw error;
    return false;
  }
}
