import type { Exit, InstanceHandle, InstanceSpec, Phase, Usage } from "@bedplate/environment";
import { noUsage, ObservationHub } from "@bedplate/environment";
import { fakePoints, observationsMax } from "./fake-manifest.ts";
import { FakeMemory } from "./fake-memory.ts";
import type { FakeScript } from "./fake-script.ts";

/** One instance, as the machine holds it: it outlives a host that forgets it. */
export class FakeCell {
  readonly handle: InstanceHandle;
  readonly spec: InstanceSpec;
  readonly script: FakeScript;
  readonly memory: FakeMemory = new FakeMemory();
  readonly hub: ObservationHub = new ObservationHub({
    points: fakePoints,
    isLossy: false,
    waitingMax: observationsMax,
  });
  phase: Phase = "created";
  sinceAt: number;
  usage: Usage = noUsage;
  exit: Exit | undefined;

  constructor(options: {
    readonly handle: InstanceHandle;
    readonly spec: InstanceSpec;
    readonly script: FakeScript;
    readonly now: number;
  }) {
    this.handle = options.handle;
    this.spec = options.spec;
    this.script = options.script;
    this.sinceAt = options.now;
  }

  move(phase: Phase, now: number): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.sinceAt = now;
    if (phase === "stopped" || phase === "released") this.hub.close();
  }

  add(usage: Usage): void {
    const { fuel, wallMs, cpuMs, memoryBytes, outputBytes } = this.usage;
    this.usage = {
      fuel: fuel + usage.fuel,
      wallMs: wallMs + usage.wallMs,
      cpuMs: cpuMs + usage.cpuMs,
      memoryBytes: Math.max(memoryBytes, usage.memoryBytes),
      outputBytes: outputBytes + usage.outputBytes,
    };
  }
}

/** Where the instances of one plug-in live, whichever host opened it. */
export class FakeRoom {
  readonly #cells = new Map<string, FakeCell>();

  get(id: string): FakeCell | undefined {
    return this.#cells.get(id);
  }

  put(cell: FakeCell): void {
    this.#cells.set(cell.handle.id, cell);
  }

  delete(id: string): void {
    this.#cells.delete(id);
  }

  /** The cells of one host, in the order of their creation. */
  ownedBy(owner: string): readonly FakeCell[] {
    return [...this.#cells.values()].filter((each) => each.handle.owner === owner);
  }
}
