import type { CapName, Caps } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** Bytes that no host of today reaches; keeps sums exact. */
export const bytesMax: number = 2 ** 46;

type Range = readonly [min: number, max: number];

/**
 * What a machine can be held to: less than the first does not start one (the agent, the runtime and the
 * tables of the file system take some of it), and more than the second is no bound of any host.
 */
export const capRanges: Readonly<
  Record<"memoryBytes" | "cpuMillis" | "processes" | "diskBytes" | "inodes", Range>
> = {
  memoryBytes: [16 * 1024 * 1024, bytesMax],
  cpuMillis: [10, 1_000_000],
  processes: [8, 1_000_000],
  diskBytes: [16 * 1024 * 1024, bytesMax],
  inodes: [1024, 2 ** 31],
};

/** Refuses caps that are out of range; what the environment does not declare is refused before. */
export function checkCapRanges(caps: Caps): void {
  for (const [name, [min, max]] of Object.entries(capRanges)) {
    const asked = caps[name as CapName];
    if (asked === undefined || (asked >= min && asked <= max)) continue;
    const path = `/caps/${name}`;
    const rule = `must be from ${min} to ${max}`;
    throw raise("argument.invalid", {
      op: "environment.create",
      detail: { path, rule },
      message: `Cannot make the machine: ${path} ${rule}`,
    });
  }
}
