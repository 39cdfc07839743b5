import type { BlobDriver } from "@bedplate/blob";
import { overriding } from "@bedplate/conformance";
import type { Disk } from "../src/disk.ts";

/** Acknowledges a body when it has come, and writes it afterwards. */
export function early(driver: BlobDriver): BlobDriver {
  return overriding(driver, {
    async put(head, body, condition) {
      const arrived = await Array.fromAsync(body.chunks);
      const sealed = body.sealed();
      const chunks = (async function* () {
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield* arrived;
      })();
      driver.put(head, { chunks, expect: {}, sealed: () => sealed }, condition).catch(() => {});
      return { ...head, ...sealed };
    },
  });
}

/** Holds whole bodies in memory. */
export function greedy(driver: BlobDriver): BlobDriver {
  return overriding(driver, {
    async put(head, body, condition) {
      const arrived: Uint8Array[] = [];
      for await (const chunk of body.chunks) arrived.push(Uint8Array.from(chunk));
      const sealed = body.sealed();
      const chunks = (async function* () {
        yield* arrived;
      })();
      return driver.put(head, { chunks, expect: {}, sealed: () => sealed }, condition);
    },
  });
}

/** Never closes what it opens. */
export function leaking(driver: BlobDriver): BlobDriver {
  const opened: unknown[] = [];
  return overriding(driver, {
    async open(key, first) {
      const reading = await driver.open(key, first);
      opened.push(reading);
      return reading && overriding(reading, { [Symbol.asyncDispose]: async () => {} });
    },
  });
}

/** Leaves the files of writes that failed. */
export function littering(disk: Disk): Disk {
  return { ...disk, remove: async () => {} };
}
