import { openMemoryBlob } from "@bedplate/blob-memory";
import { VirtualClock } from "@bedplate/clock";
import { overriding } from "@bedplate/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BlobDriver, BlobStore } from "../src/index.ts";

const hourMs = 60 * 60 * 1_000;
const graceMs = 2 * hourMs;
const body = new TextEncoder().encode("content");

/** A writer and a collector whose every step ends when the scheduler says so. */
async function scheduled(scheduler: fc.Scheduler, driver: BlobDriver) {
  const clock = new VirtualClock();
  const slow = overriding<BlobDriver>(driver, {
    stat: scheduler.scheduleFunction((key: string) => driver.stat(key)),
    delete: scheduler.scheduleFunction((...args: Parameters<BlobDriver["delete"]>) =>
      driver.delete(...args),
    ),
    put: scheduler.scheduleFunction((...args: Parameters<BlobDriver["put"]>) =>
      driver.put(...args),
    ),
  });
  const open = () => new BlobStore(slow, { clock });
  return { writer: open(), collector: open(), clock };
}

function lawOn(driverOf: (driver: BlobDriver) => BlobDriver) {
  return fc.asyncProperty(
    fc.scheduler(),
    fc.integer({ min: 0, max: 3 * hourMs }),
    async (scheduler, ageMs) => {
      const driver = driverOf(await openMemoryBlob());
      const { writer, collector, clock } = await scheduled(scheduler, driver);
      const { key } = await scheduler.waitFor(writer.putContent(body));
      await clock.advance(ageMs);
      const references = new Set<string>();
      const refer = async () => void references.add((await writer.putContent(body)).key);
      const findReferenced = scheduler.scheduleFunction(async () => new Set(references));
      const collecting = collector.deleteUnreferenced({ graceMs, findReferenced });
      await scheduler.waitFor(Promise.all([refer(), collecting]));
      expect(await scheduler.waitFor(writer.stat(key))).not.toBeNull();
    },
  );
}

test("whatever the order of steps, content that a reference was made to is not deleted", () =>
  fc.assert(
    lawOn((driver) => driver),
    { numRuns: 300 },
  ));

test("the law notices a driver that deletes whichever version is there", async () => {
  const broken = lawOn((driver) =>
    overriding(driver, {
      async delete(key, version) {
        await driver.delete(key, undefined);
        return version ?? null;
      },
    }),
  );
  await expect(fc.assert(broken, { numRuns: 300 })).rejects.toThrow("Property failed");
});
