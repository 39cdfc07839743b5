import { digestValue } from "@bedplate/codec";
import {
  type InvokeParams,
  type Manifest,
  type ObserveParams,
  type RewindParams,
  speaks,
} from "@bedplate/environment";
import type { FakeOptions } from "./fake-options.ts";

/** What the fake environment declares. */
export interface FakeDeclares {
  readonly invoke: InvokeParams;
  readonly rewind: RewindParams;
  readonly observe: ObserveParams;
}

/** What can be watched in a fake run. */
export const fakePoints: readonly string[] = ["run-start", "run-end", "event", "memory-grow"];

/** Most observations that wait for one watcher; one more ends its stream with a fault, never with a gap. */
export const observationsMax = 65_536;

const declares: FakeDeclares = {
  invoke: {
    inputBytesMax: 64 * 1024,
    outputBytesMax: 1024 * 1024,
    meters: ["fuel", "wallMs", "memoryBytes", "outputBytes", "depth"],
    crossCalls: true,
    checks: true,
    credits: true,
  },
  rewind: { cost: "delta", nesting: 8, covers: ["memory"], outbound: "buffered" },
  observe: { points: fakePoints, isLossy: false },
};

const closed = { type: "object", additionalProperties: false };

/** The manifest of a fake of that name and version. */
export function fakeManifest(options: FakeOptions): Manifest<FakeDeclares> {
  const { name = "fake", version = "1.0.0" } = options;
  return {
    plugin: { name, version, build: digestValue([name, version, "scripts 1"]) },
    speaks: speaks(["invoke", "rewind", "observe"]),
    profile: {
      instructionSets: [{ family: "fake", revision: "1", extensions: [] }],
      memory: {
        model: "word-addressed",
        ordering: "sequential",
        isShared: false,
        bytesMax: 2 ** 40,
      },
      concurrency: {
        scheduling: "run-to-completion",
        threads: 1,
        isReentrant: false,
        interrupt: "safepoint",
      },
      determinism: { grade: "bit-exact", sources: [] },
      effects: "captured",
      isolation: "language",
    },
    declares,
    configSchema: closed,
    instanceSchema: { ...closed, properties: { session: { type: "boolean", default: false } } },
    dependsOn: [],
    wants: ["blob:read"],
    features: [],
    recognises: [],
    ...options.manifest,
  };
}
