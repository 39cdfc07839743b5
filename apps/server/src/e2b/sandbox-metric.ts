import type { SandboxMetric } from "@bedplate/e2b";
import type { Caps, InstanceStatus, ResourceUse } from "@bedplate/environment";

/** What a sandbox has that names no bounds. */
export const sandboxCaps: SandboxCaps = {
  cpuMillis: 2000,
  memoryBytes: 1024 * 1024 * 1024,
  processes: 512,
  diskBytes: 1024 * 1024 * 1024,
};

/** The bounds that every sandbox has. */
export interface SandboxCaps {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly diskBytes: number;
}

/** How many cores a sandbox may use, as whole ones. */
export function cpuCountOf({ cpuMillis = sandboxCaps.cpuMillis }: Caps): number {
  return Math.max(1, Math.ceil(cpuMillis / 1000));
}

/** What a sandbox uses now; of the processor, as a mean since its start. */
export function sandboxMetric(status: InstanceStatus): SandboxMetric {
  const { resources, usage } = status;
  const use = resources ?? { at: Date.now(), cpuMs: usage.cpuMs, memoryBytes: usage.memoryBytes };
  return metricOf(use, { caps: {}, before: undefined });
}

/** A sample as clients hear of it; the share of the processor is that since the one before. */
export function metricOf(
  use: ResourceUse,
  { caps, before }: { readonly caps: Caps; readonly before: ResourceUse | undefined },
): SandboxMetric {
  const { memoryBytes = sandboxCaps.memoryBytes, diskBytes = sandboxCaps.diskBytes } = caps;
  const cpuCount = cpuCountOf(caps);
  const passedMs = before === undefined ? 0 : use.at - before.at;
  const cpuMs = before === undefined ? 0 : use.cpuMs - before.cpuMs;
  const share = passedMs > 0 ? (100 * cpuMs) / passedMs : 0;
  return {
    timestamp: new Date(use.at).toISOString(),
    timestampUnix: Math.floor(use.at / 1000),
    cpuCount,
    cpuUsedPct: Math.round(Math.max(0, share) * 100) / 100,
    memUsed: use.memoryBytes,
    memTotal: memoryBytes,
    memCache: use.cacheBytes ?? 0,
    diskUsed: use.diskBytes ?? 0,
    diskTotal: diskBytes,
  };
}
