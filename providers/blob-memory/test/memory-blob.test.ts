import { type BlobDriver, BlobStore } from "@bedplate/blob";
import {
  type BlobKit,
  blobConformance,
  blobMutants,
  uploadBytes,
} from "@bedplate/blob/conformance";
import { checkBlobModel } from "@bedplate/blob/conformance/model";
import { systemClock, VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget, overriding, runCases } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { silentLog } from "@bedplate/telemetry";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openMemoryBlob, provider } from "../src/index.ts";

const limits = { bodyBytesMax: 1024 * 1024, partBytesMax: 64 * 1024 };

async function open(
  wrap: (driver: BlobDriver) => BlobDriver = (driver) => driver,
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const clock = new VirtualClock();
  const damaged = new Set<string>();
  const memory = await openMemoryBlob({ limits });
  const driver = wrap(damageable(memory, damaged));
  const target = new BlobStore(driver, { clock });
  const kit = {
    clock,
    seed: "memory",
    second: async () => new BlobStore(driver, { clock }),
    strayBytes: () => uploadBytes(memory),
    flipByte: async (key: string) => void damaged.add(key),
  };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

/** Memory does not rot by itself. */
function damageable(driver: BlobDriver, damaged: ReadonlySet<string>): BlobDriver {
  return overriding(driver, {
    async open(key, first) {
      const reading = await driver.open(key, first);
      if (reading === null || !damaged.has(key)) return reading;
      return overriding(reading, {
        async *read(range) {
          for await (const chunk of reading.read(range)) yield chunk.with(0, (chunk[0] ?? 0) ^ 1);
        },
      });
    },
  });
}

const noNetwork = "memory has no network on the way";

describeConformance({
  name: "blob-memory",
  cases: blobConformance,
  open,
  undeclared: ["BS47", "BS49", "BS55", "BS60", "BS72", "BS75"],
  blocked: {
    BS03: "memory keeps whole bodies",
    BS59: "memory has no disk",
    BS61: noNetwork,
    BS62: noNetwork,
    BS63: noNetwork,
    BS64: noNetwork,
    BS77: noNetwork,
    BS65: "memory holds no handles",
  },
});

test.for(blobMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 2_000 };
  const killer = await killerOf(kills, blobConformance, options);
  expect(kills).toContain(killer);
});

test("the suite kills: a store that says it is durable and forgets", async () => {
  const forgetful = async () => {
    const capabilities = { durable: true };
    const { kit, ...opened } = await open((driver) => overriding(driver, { capabilities }));
    return { ...opened, kit: { ...kit, reopen: async () => (await open()).target } };
  };
  expect(await killerOf(["BS55"], blobConformance, { open: forgetful })).toBe("BS55");
});

test("a store that cannot delete one version and no other says so, and passes the suite", async () => {
  const capabilities = { durable: false };
  const plain = () => open((driver) => overriding(driver, { capabilities }));
  const only = blobConformance.filter(({ id }) => ["BS17", "BS75"].includes(id));
  const verdicts = (await runCases(only, plain)).map(({ id, verdict }) => [id, verdict]);
  expect(verdicts).toEqual([
    ["BS17", "undeclared"],
    ["BS75", "pass"],
  ]);
});

test("random operations do what a map does", () => checkBlobModel(open, { runs: 200 }));

test("a scratch place is shared by its drivers and by nobody else, and is empty at last", async () => {
  const host = { clock: systemClock, log: silentLog, variables: {} };
  const place = await provider.openScratch("memory:", host);
  await using one = new BlobStore(await place.open());
  await using two = new BlobStore(await place.open());
  await one.put("a", new Uint8Array(3));
  expect((await two.get("a"))?.byteLength).toBe(3);
  await using alone = new BlobStore(await provider.open("memory:", host));
  expect(await alone.get("a")).toBeNull();
  await one.close();
  expect((await two.get("a"))?.byteLength).toBe(3);
  await place[Symbol.asyncDispose]();
  expect(await two.get("a")).toBeNull();
  expect(await faultOf(provider.open("memory:?size=1", host))).toMatchObject({
    code: "argument.invalid",
  });
});
