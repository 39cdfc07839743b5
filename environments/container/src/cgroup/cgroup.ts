/** The bounds and the life of one machine's processes, whatever the layout of the host's cgroups. */
export interface Cgroup {
  /** Folders that a process has to join, one for each hierarchy. */
  readonly folders: readonly string[];
  /** Makes the folders; doing it twice does nothing. */
  create(): void;
  /** Sets each bound that is given, and leaves the others. */
  limit(limits: CgroupLimits): void;
  /** Stops everything inside, and comes back when it stands. */
  freeze(options: CgroupWait): Promise<void>;
  thaw(): void;
  isFrozen(): boolean;
  /** Kills everything inside, frozen or not, and comes back when nothing is left. */
  kill(options: CgroupWait): Promise<void>;
  /** Process ids inside, as this process sees them. */
  pids(): readonly number[];
  usage(): CgroupUsage;
  /** Files that say the bounds, by where programs look for them below `/sys/fs/cgroup`. */
  readonly boundFiles: Readonly<Record<string, string>>;
  /** Removes the folders; there must be nothing inside. Doing it twice does nothing. */
  remove(): void;
}

/** Upper bounds; absent ones stay as they are. */
export interface CgroupLimits {
  readonly memoryBytes?: number | undefined;
  /** Share of one core in thousandths: 1500 is one and a half cores. */
  readonly cpuMillis?: number | undefined;
  /** Weight against neighbours when cores are scarce, 1 to 10000; 100 is the ordinary one. */
  readonly cpuWeight?: number | undefined;
  readonly processesMax?: number | undefined;
}

export interface CgroupUsage {
  readonly memoryBytes: number;
  /** The part of it that is a cache and goes when it is needed. */
  readonly cacheBytes: number;
  readonly memoryPeakBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
  /** How often a process was killed for memory. */
  readonly outOfMemoryKills: number;
  /** How often a process or thread was refused. */
  readonly refusedForks: number;
  /** How often the quota of CPU time held the processes up. */
  readonly throttledPeriods: number;
}

export interface CgroupWait {
  readonly timeoutMs: number;
}

/** Length of one period of the CPU quota. Short ones cost switches, long ones make halts felt. */
export const cpuPeriodUs = 100_000;

/** The quota of one period in microseconds; the kernel refuses less than a millisecond. */
export function cpuQuotaUs(cpuMillis: number): number {
  return Math.max(1000, Math.round((cpuMillis * cpuPeriodUs) / 1000));
}
