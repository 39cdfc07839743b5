import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Caps } from "@bedplate/environment";
import type { Bind } from "../bundle/oci-config.ts";
import { cpuPeriodUs, cpuQuotaUs } from "../cgroup/cgroup.ts";
import { cgroupName } from "./cgroup-name.ts";
import type { Ground } from "./ground.ts";
import type { MachineFolder } from "./machine-folder.ts";
import type { MachineRecord } from "./machine-record.ts";

/** Where programs look for their bounds. */
const place = "/sys/fs/cgroup";

/**
 * Shows a machine its bounds, to be read only: the kernel's own files. A memory image of gVisor cannot
 * hold those open, so its machines see files that say the same.
 */
export function boundBinds(
  ground: Ground,
  { record, folder }: { readonly record: MachineRecord; readonly folder: MachineFolder },
): readonly Bind[] {
  if (record.runtime === "runsc") {
    writeBounds(folder, record.caps);
    return [{ source: folder.bounds, target: place, isReadOnly: true }];
  }
  const { boundFiles } = ground.cgroups.named(cgroupName(record));
  return Object.entries(boundFiles).map(([path, source]) => ({
    source,
    target: `${place}/${path}`,
    isReadOnly: true,
  }));
}

/** Writes the bounds for a machine of gVisor, as version 2 of cgroups words them. */
export function writeBounds(folder: MachineFolder, { memoryBytes, cpuMillis }: Caps): void {
  mkdirSync(folder.bounds, { recursive: true, mode: 0o755 });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder.bounds, name), `${text}\n`, { mode: 0o644 });
  };
  if (memoryBytes !== undefined) write("memory.max", String(memoryBytes));
  if (cpuMillis !== undefined) write("cpu.max", `${cpuQuotaUs(cpuMillis)} ${cpuPeriodUs}`);
}
