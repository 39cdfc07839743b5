import { type Mutant, overriding } from "@bedplate/conformance";
import type { BlobDriver, BlobInfo, DriverReading } from "../blob-driver.ts";
import { bodyMutants } from "./body-mutants.ts";

/** Drivers that each break one law; the suite must notice every one. */
export const blobMutants: readonly Mutant<BlobDriver>[] = [
  ...bodyMutants,
  {
    name: "conditions are ignored",
    kills: ["BS14", "BS15", "BS16"],
    breakDriver: (driver) =>
      overriding(driver, { put: (head, body) => driver.put(head, body, undefined) }),
  },
  {
    name: "`absent` is decided before the body has come",
    kills: ["BS14", "BS42"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          if (condition !== "absent") return driver.put(head, body, condition);
          const there = await driver.stat(head.key);
          return there ? { found: there.version } : driver.put(head, body, undefined);
        },
      }),
  },
  {
    name: "a version is compared and then replaced, in two steps",
    kills: ["BS57", "BS58", "BS76"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          if (condition === undefined || condition === "absent") {
            return driver.put(head, body, condition);
          }
          const found = (await driver.stat(head.key))?.version ?? null;
          return found === condition.version ? driver.put(head, body, undefined) : { found };
        },
      }),
  },
  {
    name: "a version is only compared when there is one",
    kills: ["BS16"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const isFree = (await driver.stat(head.key)) === null;
          return driver.put(head, body, isFree ? undefined : condition);
        },
      }),
  },
  {
    name: "a refused write replaces the facts of what is there",
    kills: ["BS15"],
    breakDriver(driver) {
      const facts = new Map<string, Pick<BlobInfo, "createdAt">>();
      return overriding(driver, {
        async put(head, body, condition) {
          const answer = await driver.put(head, body, condition);
          if ("found" in answer) facts.set(head.key, { createdAt: head.createdAt });
          return answer;
        },
        async stat(key) {
          const info = await driver.stat(key);
          return info && { ...info, ...facts.get(key) };
        },
      });
    },
  },
  {
    name: "versions come from the bytes",
    kills: ["BS69", "BS57"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const answer = await driver.put(head, body, condition);
          return "found" in answer ? answer : { ...answer, version: answer.digest };
        },
      }),
  },
  {
    name: "a delete of a version deletes any",
    kills: ["BS17", "BS74"],
    breakDriver: (driver) =>
      overriding(driver, {
        async delete(key, version) {
          const found = await driver.delete(key, undefined);
          return version ?? found;
        },
      }),
  },
  {
    name: "a version is compared and then deleted, in two steps",
    kills: ["BS58"],
    breakDriver: (driver) =>
      overriding(driver, {
        async delete(key, version) {
          const found = (await driver.stat(key))?.version ?? null;
          await new Promise((resolve) => setImmediate(resolve));
          const isOther = version !== undefined && version !== found;
          return isOther ? found : driver.delete(key, undefined);
        },
      }),
  },
  {
    name: "delete does nothing",
    kills: ["BS11", "BS33", "BS34"],
    breakDriver: (driver) => overriding(driver, { delete: async () => "v" }),
  },
  {
    name: "stat is out of date",
    kills: ["BS11", "BS15", "BS04"],
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
    name: "bytes are replaced before their facts",
    kills: ["BS13"],
    breakDriver(driver) {
      const late = new Map<string, BlobInfo>();
      return overriding(driver, {
        async put(head, body, condition) {
          const before = await driver.stat(head.key);
          if (before !== null) late.set(head.key, before);
          const answer = await driver.put(head, body, condition);
          await new Promise((resolve) => setTimeout(resolve, 5));
          late.delete(head.key);
          return answer;
        },
        async open(key, first) {
          const reading = await driver.open(key, first);
          const { contentType, metadata } = late.get(key) ?? reading?.info ?? {};
          const info = { ...reading?.info, contentType, metadata } as BlobInfo;
          return reading && overriding(reading, { info });
        },
      });
    },
  },
  {
    name: "metadata names lose their case",
    kills: ["BS26"],
    breakDriver: (driver) =>
      overriding(driver, {
        put(head, body, condition) {
          const entries = Object.entries(head.metadata);
          const metadata = Object.fromEntries(entries.map(([k, v]) => [k.toLowerCase(), v]));
          return driver.put({ ...head, metadata }, body, condition);
        },
      }),
  },
  {
    name: "a content type stays when the next put has none",
    kills: ["BS27"],
    breakDriver: (driver) =>
      overriding(driver, {
        async put(head, body, condition) {
          const before = await driver.stat(head.key);
          const isNew = head.contentType !== "application/octet-stream" || before === null;
          return driver.put(
            isNew ? head : { ...head, contentType: before.contentType },
            body,
            condition,
          );
        },
      }),
  },
  {
    name: "a copy is an alias",
    kills: ["BS35"],
    breakDriver(driver) {
      const aliases = new Map<string, string>();
      const follow = (key: string) => aliases.get(key) ?? key;
      return overriding(driver, {
        async copy(source, head) {
          aliases.set(head.key, source.key);
          return { ...source, ...head };
        },
        async stat(key) {
          const info = await driver.stat(follow(key));
          return info && { ...info, key };
        },
        open: (key, first) => driver.open(follow(key), first),
      });
    },
  },
  {
    name: "a copy ignores its destination",
    kills: ["BS36"],
    breakDriver: (driver) =>
      overriding(driver, {
        async copy(source, head) {
          const reading = await driver.open(source.key, undefined);
          if (reading === null) return null;
          const chunks = reading.read({ offset: 0, length: source.sizeBytes });
          const body = { chunks, expect: {}, sealed: () => source };
          return driver.put(head, body, undefined);
        },
      }),
  },
  {
    name: "a page leaves out its last blob",
    kills: ["BS28", "BS31", "BS67"],
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
    kills: ["BS30", "BS67"],
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
    name: "keys are in the order of UTF-16",
    kills: ["BS28"],
    breakDriver: (driver) =>
      overriding(driver, {
        list: async (range) =>
          (await driver.list(range)).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      }),
  },
  {
    name: "`after` works only for keys that exist",
    kills: ["BS29", "BS30"],
    breakDriver: (driver) =>
      overriding(driver, {
        async list(range) {
          const { after } = range;
          const isThere = after === undefined || (await driver.stat(after)) !== null;
          return isThere ? driver.list(range) : [];
        },
      }),
  },
  {
    name: "a key is cut at a slash",
    kills: ["BS24"],
    breakDriver: (driver) =>
      overriding(driver, {
        put: (head, body, condition) =>
          driver.put({ ...head, key: head.key.split("/")[0] || "/" }, body, condition),
        open: (key, first) => driver.open(key.split("/")[0] || "/", first),
      }),
  },
  {
    name: "parts cannot be deleted",
    kills: ["BS44", "BS45"],
    breakDriver: (driver) =>
      overriding(driver, {
        delete: async (key, version) =>
          /\/\d{5}$/.test(key) ? (version ?? "v") : driver.delete(key, version),
      }),
  },
  readMutant("a reading goes on with the version that replaced its own", ["BS23"], {
    read: (driver, reading) =>
      async function* (range) {
        for (let at = range.offset; at < range.offset + range.length; ) {
          const now = (await driver.open(reading.info.key, undefined)) ?? reading;
          const length = Math.min(64 * 1024, range.offset + range.length - at);
          yield* now.read({ offset: at, length });
          at += length;
        }
      },
  }),
];

function readMutant(
  name: string,
  kills: readonly string[],
  { read }: { read: (driver: BlobDriver, reading: DriverReading) => DriverReading["read"] },
): Mutant<BlobDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        async open(key, first) {
          const reading = await driver.open(key, first);
          return reading && overriding(reading, { read: read(driver, reading) });
        },
      }),
  };
}
