import { digestBytes } from "@bedplate/codec";
import { type Mutant, overriding } from "@bedplate/conformance";
import type { BlobDriver, DriverBody, DriverReading, SealedBody } from "../blob-driver.ts";

/** Drivers that do something to bodies, on their way in or out. */
export const bodyMutants: readonly Mutant<BlobDriver>[] = [
  {
    name: "what arrived of a failed body is stored",
    kills: ["BS05", "BS06", "BS07", "BS08", "BS71"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const { arrived, failure } = await drain(body);
          const sealed =
            failure === undefined ? body.sealed() : { sizeBytes: 1, digest: "sha256:0" as const };
          const answer = await driver.put(head, replay(arrived, sealed), condition);
          if (failure !== undefined) throw failure;
          return answer;
        },
      }),
  },
  {
    name: "a failed body leaves what came of it beside the blobs",
    kills: ["BS07", "BS71"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const { arrived, failure } = await drain(body);
          if (failure === undefined)
            return driver.put(head, replay(arrived, body.sealed()), condition);
          const left = { ...head, key: `upload:u_left/${head.key}` };
          const sizeBytes = arrived.reduce((sum, each) => sum + each.byteLength, 0);
          await driver.put(left, replay(arrived, { sizeBytes, digest: "sha256:0" }), undefined);
          throw failure;
        },
      }),
  },
  {
    name: "the last chunk is lost",
    kills: ["BS02", "BS04"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const { arrived } = await drain(body);
          return driver.put(head, replay(arrived.slice(0, -1), body.sealed()), condition);
        },
      }),
  },
  {
    name: "a long body appears in two steps",
    kills: ["BS12"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const { arrived, failure } = await drain(body);
          if (failure !== undefined) throw failure;
          const half = Buffer.concat(arrived).subarray(0, body.sealed().sizeBytes / 2);
          const sealed = { sizeBytes: half.byteLength, digest: digestBytes(half) };
          await driver.put(head, replay([half], sealed), condition);
          await new Promise((resolve) => setImmediate(resolve));
          return driver.put(head, replay(arrived, body.sealed()), undefined);
        },
      }),
  },
  {
    name: "the digest is that of what is there now",
    kills: ["BS50"],
    breakDriver: (driver) =>
      overriding(driver, {
        async open(key, first) {
          const reading = await driver.open(key, first);
          if (reading === null) return null;
          const whole = { offset: 0, length: reading.info.sizeBytes };
          const bytes = Buffer.concat(await Array.fromAsync(reading.read(whole)));
          return overriding(reading, { info: { ...reading.info, digest: digestBytes(bytes) } });
        },
      }),
  },
  {
    name: "a part that is there is not replaced",
    kills: ["BS38"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const there = /\/\d{5}$/.test(head.key) ? await driver.stat(head.key) : null;
          if (there === null) return driver.put(head, body, condition);
          await drain(body);
          return there;
        },
      }),
  },
  {
    name: "an empty body is no blob",
    kills: ["BS01"],
    breakDriver: (driver) =>
      overriding(driver, {
        async stat(key) {
          const info = await driver.stat(key);
          return info?.sizeBytes === 0 ? null : info;
        },
        async open(key, first) {
          const reading = await driver.open(key, first);
          return reading?.info.sizeBytes === 0 ? null : reading;
        },
      }),
  },
  readMutant("a range is one byte off", ["BS19"], (reading) => ({
    read: ({ offset, length }) => reading.read({ offset: Math.max(0, offset - 1), length }),
  })),
  readMutant("a range ends one byte early", ["BS19", "BS20", "BS22"], (reading) => ({
    read: ({ offset, length }) => reading.read({ offset, length: Math.max(0, length - 1) }),
  })),
  readMutant("bytes are changed on the way", ["BS02", "BS10"], (reading) => ({
    async *read(range) {
      for await (const chunk of reading.read(range)) yield chunk.map((byte) => byte ^ 1);
    },
  })),
  readMutant("a body comes in one chunk", ["BS09"], (reading) => ({
    async *read(range) {
      yield Buffer.concat(await Array.fromAsync(reading.read(range)));
    },
  })),
];

function readMutant(
  name: string,
  kills: readonly string[],
  change: (reading: DriverReading) => Partial<DriverReading>,
): Mutant<BlobDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        async open(key, first) {
          const reading = await driver.open(key, first);
          return reading && overriding(reading, change(reading));
        },
      }),
  };
}

interface Drained {
  readonly arrived: readonly Uint8Array[];
  readonly failure?: unknown;
}

async function drain(body: DriverBody): Promise<Drained> {
  const arrived: Uint8Array[] = [];
  try {
    for await (const chunk of body.chunks) arrived.push(chunk);
    return { arrived };
  } catch (failure) {
    return { arrived, failure };
  }
}

function replay(chunks: readonly Uint8Array[], sealed: SealedBody): DriverBody {
  return { chunks: once(chunks), expect: {}, sealed: () => sealed };
}

async function* once(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
}
