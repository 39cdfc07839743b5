import type { Caps } from "@bedplate/environment";
import type { Amounts } from "@bedplate/placement";

/** What a machine counts for where it names no caps. */
export type StandardSize = Pick<Amounts, "cpuMillis" | "memoryMiB" | "diskMiB">;

const mib: number = 2 ** 20;

/** What a machine takes of its node. */
export function sizeOf({ cpuMillis, memoryBytes, diskBytes }: Caps, size: StandardSize): Amounts {
  return {
    cpuMillis: cpuMillis ?? size.cpuMillis,
    memoryMiB: memoryBytes === undefined ? size.memoryMiB : Math.ceil(memoryBytes / mib),
    diskMiB: diskBytes === undefined ? size.diskMiB : Math.ceil(diskBytes / mib),
    machines: 1,
  };
}
