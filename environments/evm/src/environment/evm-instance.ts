import {
  type Call,
  type Execution,
  type Exit,
  type FacetsOf,
  type InstanceDriver,
  type InstanceHandle,
  InstanceLife,
  type InstanceStatus,
  type Invocation,
  noUsage,
  type ObservationHub,
} from "@bedplate/environment";
import type { OpenEngine } from "../open-engine.ts";
import type { Transactor } from "../transition/transactor.ts";
import { type EvmArtifact, entriesOf } from "./artifact.ts";
import { runOfCode } from "./code-run.ts";
import type { EvmInstanceConfig } from "./config.ts";
import { unknownEntry } from "./invocation-faults.ts";
import type { EvmDeclares } from "./manifest.ts";
import type { SessionWorld } from "./session-world.ts";
import { runOfChain } from "./transaction-run.ts";

/** What an instance is made of. */
export interface EvmInstanceOptions {
  readonly handle: InstanceHandle;
  readonly artifact: EvmArtifact;
  readonly config: EvmInstanceConfig;
  readonly engine: OpenEngine;
  readonly scout?: Transactor | undefined;
  readonly world: SessionWorld;
  readonly hub: ObservationHub;
  readonly now: () => number;
  readonly onReleased: () => void;
}

/** One instance of this environment: code or a chain, and in a session the world that its runs left. */
export class EvmInstance implements InstanceDriver<EvmDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<EvmDeclares>;
  readonly #options: EvmInstanceOptions;
  readonly #life: InstanceLife;

  constructor(options: EvmInstanceOptions) {
    this.#options = options;
    this.handle = options.handle;
    this.#life = new InstanceLife(options.now);
    this.facets = {
      invoke: { run: (invocation, call) => this.#run(invocation, call) },
      rewind: options.world,
      observe: options.hub,
    };
  }

  async start(): Promise<void> {
    this.#life.move("running");
  }

  async status(): Promise<InstanceStatus> {
    return this.#life.status;
  }

  /** Nothing of a guest runs between its runs, so stopping needs no grace. */
  async stop(): Promise<Exit> {
    this.#options.hub.close();
    return this.#life.stop();
  }

  async release(): Promise<void> {
    this.#options.hub.close();
    this.#options.onReleased();
  }

  async #run(invocation: Invocation, call: Call): Promise<Execution> {
    const { artifact, hub } = this.#options;
    const { entry } = invocation;
    if (artifact.kind === "refused") {
      const outcome = { kind: "refused", reason: artifact.reason } as const;
      return { outcome, usage: noUsage, writes: [], events: [] };
    }
    if (!entriesOf(artifact).includes(entry)) throw unknownEntry(entry, entriesOf(artifact));
    if (hub.isWatched) hub.tell({ at: 0, point: "run-start", facts: { entry } });
    const { execution, ms } = await this.#timed(artifact, invocation, call);
    const usage = { ...execution.usage, wallMs: ms, cpuMs: ms };
    const facts = { outcome: execution.outcome.kind };
    if (hub.isWatched) hub.tell({ at: usage.fuel, point: "run-end", facts });
    this.#life.add(usage);
    for (const event of execution.events) invocation.onEvent?.(event);
    return { ...execution, usage };
  }

  async #timed(
    artifact: Exclude<EvmArtifact, { kind: "refused" }>,
    invocation: Invocation,
    call: Call,
  ): Promise<{ readonly execution: Execution; readonly ms: number }> {
    const { engine, scout, config, world } = this.#options;
    const startedAt = performance.now();
    const execution =
      artifact.kind === "chain"
        ? await runOfChain(artifact.chain, { engine, scout, invocation, call })
        : await runOfCode(artifact.code, { engine, fork: config.fork, world, invocation, call });
    return { execution, ms: performance.now() - startedAt };
  }
}
