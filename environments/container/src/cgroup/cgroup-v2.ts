import { dirname } from "node:path";
import {
  type Cgroup,
  type CgroupLimits,
  type CgroupUsage,
  type CgroupWait,
  cpuPeriodUs,
  cpuQuotaUs,
} from "./cgroup.ts";
import type { V2Layout } from "./cgroup-layout.ts";
import {
  readControl,
  readEntry,
  readNumber,
  tryWriteControl,
  writeControl,
} from "./control-file.ts";
import { makeFolder, removeFolder } from "./folder.ts";
import { UnifiedFolder } from "./unified-folder.ts";

/** Below the hard bound: from here on the kernel slows allocations down and reclaims. */
const highShare = 0.95;

/** One folder in the version 2 hierarchy. */
export class CgroupV2 implements Cgroup {
  readonly folders: readonly string[];
  readonly #unified: UnifiedFolder;
  readonly #path: string;
  readonly #root: string;

  constructor({ mount }: V2Layout, name: string) {
    this.#root = mount;
    this.#path = `${mount}/${name}`;
    this.#unified = new UnifiedFolder(this.#path);
    this.folders = [this.#path];
  }

  get boundFiles(): Readonly<Record<string, string>> {
    const names = ["memory.max", "memory.events", "cpu.max", "pids.max"];
    return Object.fromEntries(names.map((name) => [name, `${this.#path}/${name}`]));
  }

  create(): void {
    makeFolder(this.#path);
    for (const each of this.#parents()) {
      writeControl(`${each}/cgroup.subtree_control`, "+memory +cpu +pids");
    }
  }

  // From the root downward: a controller can be passed on only where it arrived.
  #parents(): readonly string[] {
    const result: string[] = [];
    for (let at = dirname(this.#path); at.length >= this.#root.length; at = dirname(at)) {
      result.unshift(at);
    }
    return result;
  }

  limit({ memoryBytes, cpuMillis, cpuWeight, processesMax }: CgroupLimits): void {
    const at = this.#path;
    if (memoryBytes !== undefined) {
      writeControl(`${at}/memory.max`, memoryBytes);
      writeControl(`${at}/memory.high`, Math.floor(memoryBytes * highShare));
      tryWriteControl(`${at}/memory.swap.max`, 0);
    }
    if (cpuMillis !== undefined) {
      writeControl(`${at}/cpu.max`, `${cpuQuotaUs(cpuMillis)} ${cpuPeriodUs}`);
    }
    if (cpuWeight !== undefined) writeControl(`${at}/cpu.weight`, cpuWeight);
    if (processesMax !== undefined) writeControl(`${at}/pids.max`, processesMax);
  }

  freeze(options: CgroupWait): Promise<void> {
    return this.#unified.freeze(options);
  }

  thaw(): void {
    this.#unified.thaw();
  }

  isFrozen(): boolean {
    return this.#unified.isFrozen();
  }

  kill(options: CgroupWait): Promise<void> {
    return this.#unified.kill(options);
  }

  pids(): readonly number[] {
    return this.#unified.pids();
  }

  usage(): CgroupUsage {
    const at = this.#path;
    const memoryBytes = readNumber(`${at}/memory.current`);
    return {
      memoryBytes,
      cacheBytes: readEntry(`${at}/memory.stat`, "file"),
      // Kernels before 5.19 keep no peak.
      memoryPeakBytes: Number(readControl(`${at}/memory.peak`) ?? memoryBytes),
      cpuMs: readEntry(`${at}/cpu.stat`, "usage_usec") / 1000,
      processes: readNumber(`${at}/pids.current`),
      outOfMemoryKills: readEntry(`${at}/memory.events`, "oom_kill"),
      refusedForks: readEntry(`${at}/pids.events`, "max"),
      throttledPeriods: readEntry(`${at}/cpu.stat`, "nr_throttled"),
    };
  }

  remove(): void {
    removeFolder(this.#path);
  }
}
