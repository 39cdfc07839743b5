import {
  type Cgroup,
  type CgroupLimits,
  type CgroupUsage,
  type CgroupWait,
  cpuPeriodUs,
  cpuQuotaUs,
} from "./cgroup.ts";
import type { V1Layout } from "./cgroup-layout.ts";
import {
  readControl,
  readEntry,
  readNumber,
  tryWriteControl,
  writeControl,
} from "./control-file.ts";
import { makeFolder, pidsIn, removeFolder, until } from "./folder.ts";
import { UnifiedFolder } from "./unified-folder.ts";

/** Shares of the older layout that mean the same as weight 100 of the newer one. */
const ordinaryShares = 1024;

/**
 * One folder in each hierarchy of version 1. Where the host also has an empty version 2 hierarchy
 * (the hybrid layout), freezing and killing go through that: both are single writes there.
 */
export class CgroupV1 implements Cgroup {
  readonly folders: readonly string[];
  readonly #memory: string;
  readonly #cpu: string;
  readonly #cpuacct: string;
  readonly #pids: string;
  readonly #freezer: string;
  readonly #unified: UnifiedFolder | undefined;

  constructor(layout: V1Layout, name: string) {
    const at = (mount: string) => `${mount}/${name}`;
    this.#memory = at(layout.mounts.memory);
    this.#cpu = at(layout.mounts.cpu);
    this.#cpuacct = at(layout.mounts.cpuacct);
    this.#pids = at(layout.mounts.pids);
    this.#freezer = at(layout.mounts.freezer);
    if (layout.unified !== undefined) this.#unified = new UnifiedFolder(at(layout.unified));
    const limits = [this.#memory, this.#cpu, this.#cpuacct, this.#pids, this.#freezer];
    // Two controllers may share one mount.
    this.folders = [...new Set([...limits, ...(this.#unified ? [this.#unified.path] : [])])];
  }

  get boundFiles(): Readonly<Record<string, string>> {
    return {
      "memory/memory.limit_in_bytes": `${this.#memory}/memory.limit_in_bytes`,
      "memory/memory.oom_control": `${this.#memory}/memory.oom_control`,
      "cpu/cpu.cfs_quota_us": `${this.#cpu}/cpu.cfs_quota_us`,
      "cpu/cpu.cfs_period_us": `${this.#cpu}/cpu.cfs_period_us`,
      "pids/pids.max": `${this.#pids}/pids.max`,
    };
  }

  create(): void {
    for (const each of this.folders) makeFolder(each);
  }

  limit({ memoryBytes, cpuMillis, cpuWeight, processesMax }: CgroupLimits): void {
    if (memoryBytes !== undefined) this.#limitMemory(memoryBytes);
    if (cpuMillis !== undefined) {
      writeControl(`${this.#cpu}/cpu.cfs_period_us`, cpuPeriodUs);
      writeControl(`${this.#cpu}/cpu.cfs_quota_us`, cpuQuotaUs(cpuMillis));
    }
    if (cpuWeight !== undefined) {
      const shares = Math.max(2, Math.round((cpuWeight * ordinaryShares) / 100));
      writeControl(`${this.#cpu}/cpu.shares`, shares);
    }
    if (processesMax !== undefined) writeControl(`${this.#pids}/pids.max`, processesMax);
  }

  // Swap is bounded together with memory, so the order depends on the direction.
  #limitMemory(bytes: number): void {
    const limit = `${this.#memory}/memory.limit_in_bytes`;
    const withSwap = `${this.#memory}/memory.memsw.limit_in_bytes`;
    const isRaised = readNumber(limit) < bytes;
    if (isRaised) tryWriteControl(withSwap, bytes);
    writeControl(limit, bytes);
    if (!isRaised) tryWriteControl(withSwap, bytes);
  }

  async freeze({ timeoutMs }: CgroupWait): Promise<void> {
    if (this.#unified !== undefined) return this.#unified.freeze({ timeoutMs });
    writeControl(`${this.#freezer}/freezer.state`, "FROZEN");
    await until(() => this.isFrozen(), { timeoutMs, what: "the machine stands still" });
  }

  thaw(): void {
    if (this.#unified !== undefined) this.#unified.thaw();
    else tryWriteControl(`${this.#freezer}/freezer.state`, "THAWED");
  }

  isFrozen(): boolean {
    if (this.#unified !== undefined) return this.#unified.isFrozen();
    return readControl(`${this.#freezer}/freezer.state`) === "FROZEN";
  }

  async kill(options: CgroupWait): Promise<void> {
    if (this.#unified !== undefined) return this.#unified.kill(options);
    // Frozen processes cannot fork meanwhile, and cannot give their ids away.
    await this.freeze(options).catch(() => {});
    const what = "the machine's processes are gone";
    await until(() => this.#killRound(), { ...options, what });
  }

  #killRound(): boolean {
    const pids = this.pids();
    for (const pid of pids) signalled(pid);
    this.thaw();
    return pids.length === 0;
  }

  pids(): readonly number[] {
    return pidsIn(this.#pids);
  }

  usage(): CgroupUsage {
    return {
      memoryBytes: readNumber(`${this.#memory}/memory.usage_in_bytes`),
      cacheBytes: readEntry(`${this.#memory}/memory.stat`, "total_cache"),
      memoryPeakBytes: readNumber(`${this.#memory}/memory.max_usage_in_bytes`),
      cpuMs: readNumber(`${this.#cpuacct}/cpuacct.usage`) / 1e6,
      processes: readNumber(`${this.#pids}/pids.current`),
      outOfMemoryKills: readEntry(`${this.#memory}/memory.oom_control`, "oom_kill"),
      refusedForks: readEntry(`${this.#pids}/pids.events`, "max"),
      throttledPeriods: readEntry(`${this.#cpu}/cpu.stat`, "nr_throttled"),
    };
  }

  remove(): void {
    for (const each of this.folders) removeFolder(each);
  }
}

function signalled(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
