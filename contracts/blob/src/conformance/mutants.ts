import { type Mutant, overriding } from "@bedplate/conformance";
import type { BlobDriver, BlobInfo, DriverReading } from "../blob-driver.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const blobMutants: readonly Mutant<BlobDriver>[] = [
  {
    name: "`ifAbsent` is ignored",
    kills: ["BS14", "BS15"],
    breakDriver: (driver) =>
      overriding(driver, { put: (key, body) => driver.put(key, body, { ifAbsent: false }) }),
  },
  {
    name: "what arrived of a failed body is stored",
    kills: ["BS05", "BS07"],
    breakDriver: (driver) =>
      overriding(driver, {
        put: async (key, body, options) => {
          const arrived: Uint8Array[] = [];
          let failure: unknown;
          try {
            for await (const chunk of body.chunks) arrived.push(chunk);
          } catch (error) {
            failure = error;
          }
          const sealed =
            failure === undefined ? body.sealed() : { sizeBytes: 1, digest: "sha256:0" as const };
          const info = await driver.put(
            key,
            { chunks: replay(arrived), sealed: () => sealed },
            options,
          );
          if (failure !== undefined) throw failure;
          return info;
        },
      }),
  },
  {
    name: "the last chunk is lost",
    kills: ["BS02", "BS04"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(key, body, options) {
          const arrived: Uint8Array[] = [];
          for await (const chunk of body.chunks) arrived.push(chunk);
          return driver.put(
            key,
            { ...honest(body), chunks: replay(arrived.slice(0, -1)) },
            options,
          );
        },
      }),
  },
  readMutant("a range is one byte off", ["BS19"], (reading) => ({
    read: ({ offset, length }) => reading.read({ offset: Math.max(0, offset - 1), length }),
  })),
  readMutant("a range is read past its length", ["BS19", "BS22"], (reading) => ({
    read: ({ offset }) => reading.read({ offset, length: reading.info.sizeBytes - offset }),
  })),
  readMutant("bytes are changed on the way", ["BS02", "BS10"], (reading) => ({
    async *read(range) {
      for await (const chunk of reading.read(range)) yield chunk.map((byte) => byte ^ 1);
    },
  })),
  {
    name: "delete does nothing",
    kills: ["BS11", "BS33", "BS34"],
    breakDriver: (driver) => overriding(driver, { delete: async () => true }),
  },
  {
    name: "stat is out of date",
    kills: ["BS11", "BS12", "BS15", "BS04"],
    breakDriver(driver) {
      const seen = new Map<string, BlobInfo | null>();
      return overriding(driver, {
        async stat(key) {
          const info = seen.get(key) ?? (await driver.stat(key));
          seen.set(key, info);
          return info && { ...info, createdAt: info.createdAt - 1 };
        },
      });
    },
  },
  {
    name: "a page leaves out its last blob",
    kills: ["BS28", "BS31"],
    breakDriver: (driver) =>
      overriding(driver, {
        async list(range) {
          const blobs = await driver.list({ ...range, limit: range.limit + 1 });
          return [...blobs.slice(0, range.limit - 1), ...blobs.slice(range.limit - 1).slice(-1)];
        },
      }),
  },
  {
    name: "a listing is not sorted",
    kills: ["BS11", "BS28"],
    breakDriver: (driver) =>
      overriding(driver, { list: async (range) => (await driver.list(range)).toReversed() }),
  },
  {
    name: "`after` holds its key",
    kills: ["BS30"],
    breakDriver: (driver) =>
      overriding(driver, {
        async list(range) {
          const own = range.after === undefined ? null : await driver.stat(range.after);
          const rest = await driver.list(range);
          return own === null ? rest : [own, ...rest].slice(0, range.limit);
        },
      }),
  },
  {
    name: "a key is cut at a slash",
    kills: ["BS24"],
    breakDriver: (driver) =>
      overriding(driver, {
        put: (key, body, options) => driver.put(key.split("/")[0] || "/", body, options),
        open: (key) => driver.open(key.split("/")[0] || "/"),
      }),
  },
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
        async open(key) {
          const reading = await driver.open(key);
          return reading && overriding(reading, change(reading));
        },
      }),
  };
}

function honest(body: Parameters<BlobDriver["put"]>[1]): Parameters<BlobDriver["put"]>[1] {
  return { chunks: body.chunks, sealed: () => body.sealed() };
}

async function* replay(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
}
