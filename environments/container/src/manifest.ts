import { digestValue } from "@bedplate/codec";
import type {
  CapName,
  EgressParams,
  ExecParams,
  FilesParams,
  Manifest,
  PauseParams,
  ResizeParams,
  ServeParams,
  SnapshotParams,
} from "@bedplate/environment";
import { speaks } from "@bedplate/environment";
import { configSchema, machineConfigSchema } from "./config.ts";
import { rulesMax } from "./network/rules.ts";
import { memoryFormat, snapshotFormat } from "./snapshot/snapshot-format.ts";

/**
 * What machines of gVisor declare: no way out, since what is open there cannot be captured, and no
 * files, since the kernel inside has no call that keeps a path within a root (openat2).
 */
export type GvisorDeclares = Omit<ContainerDeclares, "egress" | "files">;

/** What containers declare. */
export interface ContainerDeclares {
  readonly exec: ExecParams;
  readonly files: FilesParams;
  readonly serve: ServeParams;
  readonly egress: EgressParams;
  readonly pause: PauseParams;
  readonly snapshot: SnapshotParams;
  readonly resize: ResizeParams;
}

/** This package's version. */
export const packageVersion = "0.1.0";

/** Every bound of a container is one of the kernel's. */
const caps: readonly CapName[] = ["cpuMillis", "memoryBytes", "processes", "diskBytes", "inodes"];

/** Bounds of processes that `exec` keeps. */
export const execBounds: Pick<ExecParams, "concurrentMax" | "outputBytesKept" | "exitKeptMs"> = {
  concurrentMax: 64,
  outputBytesKept: 64 * 1024,
  exitKeptMs: 60_000,
};

/** Largest file that can be written. */
export const fileBytesMax: number = 16 * 1024 ** 3;

const declares: ContainerDeclares = {
  exec: {
    tty: true,
    signals: [
      ..."SIGHUP SIGINT SIGQUIT SIGKILL SIGUSR1 SIGUSR2 SIGTERM SIGCONT SIGTSTP SIGWINCH".split(
        " ",
      ),
    ],
    ...execBounds,
    caps,
    volumes: true,
  },
  files: { fileBytesMax, watch: true, attributes: true },
  serve: { protocols: ["tcp", "http"] },
  egress: { matches: ["cidr", "domain", "port"], rulesMax },
  pause: { freezesClock: false },
  snapshot: {
    scopes: ["files", "layer"],
    formats: [snapshotFormat.name],
    incremental: false,
    pauseMsMax: 10_000,
    clones: "many",
  },
  resize: { live: ["cpuMillis", "memoryBytes", "processes"] },
};

const { egress: _egress, files: _files, ...shared } = declares;

/**
 * What a caller may choose. The release's own bounds hold for the rest: without memory the kernel of
 * such a machine ends, with all that runs on it, and threads of that kernel count as processes.
 */
const gvisorCaps: readonly CapName[] = ["cpuMillis"];

const gvisorDeclares: GvisorDeclares = {
  ...shared,
  // Its terminals have no other side that is opened by its descriptor.
  exec: { ...shared.exec, tty: false, caps: gvisorCaps, volumes: false },
  snapshot: {
    ...shared.snapshot,
    scopes: ["files", "machine"],
    formats: [snapshotFormat.name, memoryFormat.name],
  },
  resize: { live: ["cpuMillis"] },
};

const common = {
  profile: {
    instructionSets: [{ family: "x86-64", revision: "linux", extensions: [] }],
    memory: { model: "paged", ordering: "tso", isShared: true, bytesMax: 2 ** 47 },
    concurrency: {
      scheduling: "preemptive",
      threads: 4096,
      isReentrant: true,
      interrupt: "anywhere",
    },
    determinism: {
      grade: "none",
      sources: ["clock", "random", "threads", "host-io", "address-layout"],
    },
    effects: "external",
    isolation: "process",
  },
  configSchema: configSchema.jsonSchema,
  instanceSchema: machineConfigSchema.jsonSchema,
  dependsOn: [],
  wants: ["blob:read"],
  features: [],
  recognises: [],
} satisfies Omit<Manifest, "plugin" | "speaks" | "declares">;

/** Everything a host may know of containers without making one. */
export const containerManifest: Manifest<ContainerDeclares> = {
  ...common,
  plugin: identityOf("container"),
  speaks: speaks(["exec", "files", "serve", "egress", "pause", "snapshot", "resize"]),
  declares,
};

/** The same of machines whose system calls a kernel of their own answers. */
export const gvisorManifest: Manifest<GvisorDeclares> = {
  ...common,
  profile: { ...common.profile, isolation: "kernel" },
  plugin: identityOf("gvisor"),
  speaks: speaks(["exec", "serve", "pause", "snapshot", "resize"]),
  declares: gvisorDeclares,
};

function identityOf(name: string): Manifest["plugin"] {
  return { name, version: packageVersion, build: digestValue([name, packageVersion]) };
}
