import type {
  Call,
  Execution,
  Exit,
  FacetsOf,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  Invocation,
  ObservationHub,
} from "@bedplate/environment";
import { InstanceLife, noUsage } from "@bedplate/environment";
import type { MemoryGarbage } from "@bedplate/wasm-module";
import type { GuestSource } from "./allocator/guest-source.ts";
import type { ModuleShape } from "./artifact/module-shape.ts";
import type { WasmConfig, WasmProfileName } from "./config.ts";
import type { WasmDeclares } from "./manifest.ts";
import { InvocationRun, type RunPoint } from "./run/invocation-run.ts";
import { planRun } from "./run/run-plan.ts";
import type { RewindFacet } from "./session/rewind-facet.ts";
import type { SerialQueue } from "./session/serial-queue.ts";

/** A module that runs, with where its instances come from; or why it is refused. */
export type InstanceModule =
  | {
      readonly isAdmitted: true;
      readonly shape: ModuleShape;
      readonly source: GuestSource;
      /** Present in a session, whose runs come one after the other. */
      readonly queue?: SerialQueue | undefined;
    }
  | { readonly isAdmitted: false; readonly reason: string };

/** What an instance is made of. */
export interface WasmInstanceOptions {
  readonly handle: InstanceHandle;
  readonly module: InstanceModule;
  readonly config: WasmConfig;
  readonly profile: WasmProfileName;
  readonly hub: ObservationHub;
  readonly rewind: RewindFacet;
  /** Where memory that runs leave is counted. */
  readonly garbage: MemoryGarbage;
  readonly now: () => number;
  readonly onReleased: () => void;
}

/** One instance of this environment: a prepared module, and in a session its state. */
export class WasmInstance implements InstanceDriver<WasmDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<WasmDeclares>;
  readonly #options: WasmInstanceOptions;
  readonly #life: InstanceLife;

  constructor(options: WasmInstanceOptions) {
    this.#options = options;
    this.handle = options.handle;
    this.#life = new InstanceLife(options.now);
    this.facets = {
      invoke: { run: (invocation, call) => this.#run(invocation, call) },
      rewind: options.rewind,
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
    const { module } = this.#options;
    if (!module.isAdmitted) return refused(module.reason);
    const { shape, source, queue } = module;
    const { config, profile, garbage, now } = this.#options;
    const plan = planRun(shape, invocation);
    const onPoint = (point: RunPoint) => this.#observe(point);
    const setting = { plan, source, config, profile, garbage, now, onPoint };
    const execute = () => new InvocationRun(setting, invocation, call).execute();
    const execution = await (queue === undefined ? execute() : queue.do("run", execute));
    this.#life.add(execution.usage);
    return execution;
  }

  #observe({ point, fuel, facts }: RunPoint): void {
    const { hub } = this.#options;
    if (hub.isWatched) hub.tell({ at: fuel, point, facts });
  }
}

function refused(reason: string): Execution {
  return { outcome: { kind: "refused", reason }, usage: noUsage, writes: [], events: [] };
}
