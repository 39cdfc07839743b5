import type { BundleOptions } from "./oci-config.ts";

/** Places of `/proc` that tell of the host or reach into it. */
export const maskedPaths: readonly string[] = [
  ..."acpi asound interrupts kcore keys kallsyms kmsg kpagecount kpageflags kpagecgroup latency_stats".split(
    " ",
  ),
  ..."timer_list timer_stats sched_debug scsi config.gz modules slabinfo vmallocinfo iomem ioports".split(
    " ",
  ),
  ..."sysrq-trigger key-users pressure mdstat diskstats partitions swaps buddyinfo pagetypeinfo zoneinfo".split(
    " ",
  ),
].map((name) => `/proc/${name}`);

/** Places of `/proc` that may be read. */
export const readOnlyPaths: readonly string[] = [..."bus fs irq sys driver tty".split(" ")].map(
  (name) => `/proc/${name}`,
);

interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Room for the agent's socket. */
const socketFolderBytes = 65_536;

/** What is mounted in a machine. There is no `/sys`: nothing in it belongs to the machine. */
export function machineMounts(options: BundleOptions): readonly Mount[] {
  const { sharedMemoryBytes, temporaryBytes, binds, runtime } = options;
  const inodes = (bytes: number) => Math.max(1024, Math.floor(bytes / 4096));
  const tmpfs = (destination: string, bytes: number, mode: string): Mount => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: [
      "nosuid",
      "nodev",
      `mode=${mode}`,
      `size=${bytes}`,
      ...(runtime === "runsc" ? [] : [`nr_inodes=${inodes(bytes)}`]),
    ],
  });
  return [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "nodev", "noexec"] },
    {
      ...tmpfs("/dev", 65_536, "755"),
      options: [
        "nosuid",
        "noexec",
        "mode=755",
        "size=65536",
        ...(runtime === "runsc" ? [] : ["nr_inodes=256"]),
      ],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "max=64"],
    },
    { ...tmpfs("/dev/shm", sharedMemoryBytes, "1777") },
    tmpfs("/run", temporaryBytes, "755"),
    ...(runtime === "runsc" ? [tmpfs("/run/bedplate", socketFolderBytes, "1777")] : []),
    ...binds.map(({ source, target, isReadOnly }) => ({
      destination: target,
      type: "bind",
      source,
      options: ["bind", "nosuid", "nodev", isReadOnly ? "ro" : "rw", "private"],
    })),
  ];
}
