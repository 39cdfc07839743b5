import { setTimeout as sleep } from "node:timers/promises";
import { type BlobDriver, BlobStore } from "@bedplate/blob";
import { type BlobKit, uploadBytes } from "@bedplate/blob/conformance";
import { VirtualClock } from "@bedplate/clock";
import { type OpenSubject, overriding } from "@bedplate/conformance";
import type { ProviderModule } from "@bedplate/provider";
import { openLive } from "./live-subject.ts";

/** The suite fills bodies and parts up to their limits: no need to move gigabytes. */
const bodyBytesMax = 1024 * 1024;
const partBytesMax = 64 * 1024;

/**
 * A live store for the suite. Blobs age by the clock of the caller type, which stands still but for
 * what the suite advances; the driver is told how much that was when it sweeps.
 */
export function openLiveBlob(
  provider: ProviderModule<BlobDriver>,
  url: string,
): OpenSubject<BlobStore, BlobKit, BlobDriver> {
  const clock = new VirtualClock();
  const beganMs = clock.now();
  const shaped = (driver: BlobDriver) =>
    overriding(driver, {
      limits: { ...driver.limits, bodyBytesMax, partBytesMax },
      sweep: (abandonedMs) => driver.sweep(abandonedMs - (clock.now() - beganMs)),
    });
  return openLive({
    provider,
    url,
    bind: (driver) => new BlobStore(shaped(driver), { clock }),
    more: async (open) => {
      const watching = await open();
      return {
        clock,
        strayBytes: () => uploadBytes(watching),
        // Whoever checks addresses goes by a clock of its own.
        outlast: (ms: number) => sleep(ms),
      };
    },
  });
}
