import { digestValue } from "@bedplate/codec";
import {
  type EgressParams,
  type ExecParams,
  type FilesParams,
  type Manifest,
  type PauseParams,
  type ResizeParams,
  type ServeParams,
  type SnapshotParams,
  speaks,
} from "@bedplate/environment";
import type { FakeMachineOptions } from "./fake-machine-plugin.ts";

/** What the environment of fake machines declares. */
export interface FakeMachineDeclares {
  readonly exec: ExecParams;
  readonly files: FilesParams;
  readonly serve: ServeParams;
  readonly egress: EgressParams;
  readonly pause: PauseParams;
  readonly snapshot: SnapshotParams;
  readonly resize: ResizeParams;
}

export const concurrentMax = 32;
export const outputBytesKept: number = 256 * 1024;
export const exitKeptMs: number = 10 * 60_000;

/** What its machines run on, as snapshots name it. */
export const engine = "fake machines 1";

/** The present form of its snapshots; those of minor 0 had no attributes. */
export const snapshotFormat = { name: "fake-machine", major: 1, minor: 1 } as const;

const declares: FakeMachineDeclares = {
  exec: {
    tty: true,
    signals: ["SIGTERM", "SIGINT", "SIGKILL"],
    concurrentMax,
    outputBytesKept,
    exitKeptMs,
    caps: ["cpuMillis", "memoryBytes", "processes", "diskBytes", "inodes"],
    volumes: true,
  },
  files: { fileBytesMax: 4 * 1024 * 1024, watch: true, attributes: true },
  serve: { protocols: ["tcp", "http"] },
  egress: { matches: ["cidr", "domain", "port"], rulesMax: 64 },
  pause: { freezesClock: true },
  snapshot: {
    scopes: ["files", "machine"],
    formats: [snapshotFormat.name],
    incremental: true,
    pauseMsMax: 0,
    clones: "many",
  },
  resize: { live: ["cpuMillis", "memoryBytes", "processes", "diskBytes"] },
};

const closed = { type: "object", additionalProperties: false };

/** The manifest of fake machines of that name and version. */
export function machineManifest(options: FakeMachineOptions): Manifest<FakeMachineDeclares> {
  const { name = "fake-machine", version = "1.0.0", clones = "many", hasVolumes = true } = options;
  return {
    plugin: { name, version, build: digestValue([name, version, "machines 1"]) },
    speaks: speaks(["exec", "files", "serve", "egress", "pause", "snapshot", "resize"]),
    profile: {
      instructionSets: [{ family: "fake-machine", revision: "1", extensions: [] }],
      memory: { model: "paged", ordering: "sequential", isShared: false, bytesMax: 2 ** 40 },
      concurrency: {
        scheduling: "preemptive",
        threads: 1,
        isReentrant: true,
        interrupt: "anywhere",
      },
      determinism: { grade: "replayable", sources: [] },
      effects: "external",
      isolation: "language",
    },
    declares: {
      ...declares,
      exec: { ...declares.exec, volumes: hasVolumes },
      snapshot: { ...declares.snapshot, clones },
    },
    configSchema: closed,
    instanceSchema: { ...closed, properties: {} },
    dependsOn: [],
    wants: ["blob:read"],
    features: [],
    recognises: [],
    ...options.manifest,
  };
}
