import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { bytesMax, capRanges } from "./cap-ranges.ts";

/** Config of a release. Every member has a default; see `settleConfig`. */
export interface ContainerConfig {
  /** What is small and belongs to the running host: records, sockets. */
  readonly stateFolder?: string | undefined;
  /** What all servers of this computer have to agree on: numbers, and who uses the bridge. */
  readonly sharedFolder?: string | undefined;
  /** Disks of machines, layers of images. */
  readonly dataFolder?: string | undefined;
  /** `crun` needs no seccomp compiler and starts in half the time; `runc` is for hosts without it. */
  readonly runtime?: "crun" | "runc" | undefined;
  /** What becomes of machines when the environment closes in order. Default: they are released. */
  readonly onClose?: "release" | "keep" | undefined;
  /** Most machines of this owner. */
  readonly machinesMax?: number | undefined;
  /**
   * Machines of each kind that stand ready. A kind is a root, a disk's size and a machine's config;
   * memory, CPU, variables and network rules are set when the machine is given away.
   */
  readonly warmMachines?: number | undefined;
  /** Kinds that machines stand ready of: those that were asked for last. */
  readonly warmKinds?: number | undefined;
  /** Network name spaces that stand ready. */
  readonly warmNetworks?: number | undefined;
  /**
   * Packets a second that may leave one machine, 0 for any number. Each costs the host time that no
   * machine's share of the processors pays for. What is sent in large pieces counts by the piece.
   */
  readonly egressPacketsPerSecond?: number | undefined;
  /** The /16 that machines get their addresses from. */
  readonly subnet?: string | undefined;
  /** The resolver that names of allowed domains are asked of, `address:port`. Default: the host's. */
  readonly resolver?: string | undefined;
  /** Folders of the host that machines may have, by name. */
  readonly hostFolders?: Readonly<Record<string, string>> | undefined;
  /** What an image may unpack to. */
  readonly imageBytesMax?: number | undefined;
  readonly imageEntriesMax?: number | undefined;
  /** Unpacked layers that are kept where no machine uses them. */
  readonly layerCacheBytes?: number | undefined;
  /** Caps of a machine that names none. */
  readonly memoryBytes?: number | undefined;
  readonly cpuMillis?: number | undefined;
  readonly processes?: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly inodes?: number | undefined;
}

/** Config of a machine. */
export interface MachineConfig {
  /** Who runs what names no user. `root` has a root user's power over the machine's own files. */
  readonly user?: "user" | "root" | undefined;
  /** Where what is written goes: to a disk, or to memory, which counts as the machine's. */
  readonly writes?: "disk" | "memory" | undefined;
  readonly hostFolders?: readonly HostFolderMount[] | undefined;
  /** Bytes a second that may leave it. Default: no bound. */
  readonly egressBytesPerSecond?: number | undefined;
}

/** A folder of the host's config in a machine. */
export interface HostFolderMount {
  readonly name: string;
  readonly path: string;
  readonly isReadOnly?: boolean | undefined;
}

const closed = { additionalProperties: false } as const;
const amount = (minimum: number, maximum: number) =>
  Type.Optional(Type.Integer({ minimum, maximum }));
const text = () => Type.Optional(Type.String({ minLength: 1, maxLength: 4096 }));
const oneOf = <const T extends string>(...values: readonly T[]) =>
  Type.Union(values.map((each) => Type.Literal(each)) as [Type.TLiteral<T>]);

export const configSchema: Schema<ContainerConfig> = defineSchema(
  Type.Object(
    {
      stateFolder: text(),
      sharedFolder: text(),
      dataFolder: text(),
      runtime: Type.Optional(oneOf("crun", "runc")),
      onClose: Type.Optional(oneOf("release", "keep")),
      machinesMax: amount(1, 4096),
      warmMachines: amount(0, 256),
      warmKinds: amount(1, 64),
      warmNetworks: amount(0, 256),
      egressPacketsPerSecond: amount(0, 100_000_000),
      subnet: Type.Optional(Type.String({ pattern: "^[0-9]{1,3}\\.[0-9]{1,3}\\.0\\.0/16$" })),
      resolver: text(),
      hostFolders: Type.Optional(
        Type.Record(
          Type.String({ pattern: "^[a-z0-9-]{1,64}$" }),
          Type.String({ maxLength: 4096 }),
        ),
      ),
      imageBytesMax: amount(1, bytesMax),
      imageEntriesMax: amount(1, 100_000_000),
      layerCacheBytes: amount(0, bytesMax),
      memoryBytes: amount(...capRanges.memoryBytes),
      cpuMillis: amount(...capRanges.cpuMillis),
      processes: amount(...capRanges.processes),
      diskBytes: amount(...capRanges.diskBytes),
      inodes: amount(...capRanges.inodes),
    },
    closed,
  ),
);

export const machineConfigSchema: Schema<MachineConfig> = defineSchema(
  Type.Object(
    {
      user: Type.Optional(oneOf("user", "root")),
      writes: Type.Optional(oneOf("disk", "memory")),
      hostFolders: Type.Optional(
        Type.Array(
          Type.Object(
            {
              name: Type.String({ pattern: "^[a-z0-9-]{1,64}$" }),
              path: Type.String({ pattern: "^/[^/]", maxLength: 1024 }),
              isReadOnly: Type.Optional(Type.Boolean()),
            },
            closed,
          ),
          { maxItems: 16 },
        ),
      ),
      egressBytesPerSecond: amount(1000, bytesMax),
    },
    closed,
  ),
);

/** A config without gaps. */
export type SettledConfig = {
  readonly [K in keyof ContainerConfig]-?: NonNullable<ContainerConfig[K]>;
};

const mebibyte = 1024 * 1024;

/** Fills in the defaults. */
export function settleConfig(config: ContainerConfig): SettledConfig {
  const given = Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as Partial<SettledConfig>;
  return {
    stateFolder: "/run/bedplate/container",
    sharedFolder: "/run/bedplate/shared",
    dataFolder: "/var/lib/bedplate/container",
    runtime: "crun",
    onClose: "release",
    machinesMax: 1024,
    warmMachines: 0,
    warmKinds: 4,
    warmNetworks: 2,
    egressPacketsPerSecond: 20_000,
    subnet: "10.213.0.0/16",
    resolver: "",
    hostFolders: {},
    imageBytesMax: 16 * 1024 * mebibyte,
    imageEntriesMax: 1_000_000,
    layerCacheBytes: 32 * 1024 * mebibyte,
    memoryBytes: 512 * mebibyte,
    cpuMillis: 1000,
    processes: 256,
    diskBytes: 1024 * mebibyte,
    inodes: 65_536,
    ...given,
  };
}
