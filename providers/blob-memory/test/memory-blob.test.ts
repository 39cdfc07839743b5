import { type BlobDriver, BlobStore } from "@bedplate/blob";
import { type BlobKit, blobConformance, blobMutants } from "@bedplate/blob/conformance";
import { VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget, overriding } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { expect, test } from "vitest";
import { openMemoryBlob } from "../src/index.ts";

async function open(
  wrap: (driver: BlobDriver) => BlobDriver = (driver) => driver,
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const clock = new VirtualClock();
  const damaged = new Set<string>();
  const memory = await openMemoryBlob({ clock, limits: { bodyBytesMax: 1024 * 1024 } });
  const driver = wrap(damageable(memory, damaged));
  const target = new BlobStore(driver, { clock });
  const kit = {
    clock,
    seed: "memory",
    second: async () => new BlobStore(driver, { clock }),
    strayBytes: async () => 0,
    flipByte: async (key: string) => void damaged.add(key),
  };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

/** Memory does not rot by itself. */
function damageable(driver: BlobDriver, damaged: ReadonlySet<string>): BlobDriver {
  return overriding(driver, {
    async open(key) {
      const reading = await driver.open(key);
      if (reading === null || !damaged.has(key)) return reading;
      return overriding(reading, {
        async *read(range) {
          for await (const chunk of reading.read(range)) yield chunk.with(0, (chunk[0] ?? 0) ^ 1);
        },
      });
    },
  });
}

describeConformance({
  name: "blob-memory",
  cases: blobConformance,
  open,
  undeclared: ["BS49", "BS55"],
});

test.for(blobMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 2_000 };
  const killer = await killerOf(kills, blobConformance, options);
  expect(kills).toContain(killer);
});
