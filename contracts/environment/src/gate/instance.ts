import { type Fault, raise } from "@bedplate/errors";
import type { Budget } from "../budget.ts";
import type { Call, KeyedCall } from "../call.ts";
import type { Exit } from "../exit.ts";
import type { Declares, FacetName } from "../facets/facet-spec.ts";
import type {
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  StopOptions,
} from "../instance-driver.ts";
import type { Phase } from "../phase.ts";
import type { ReceiptSubject } from "../receipt.ts";
import { withDeadline } from "./deadline.ts";
import { type GatedFacets, gateFacets } from "./gated-facets.ts";
import { PhaseMonitor } from "./monitor.ts";
import { type OperationContext, operate } from "./operation.ts";
import { RunSlot } from "./run-slot.ts";

/** What an instance's gate needs from its environment. */
export interface InstanceOptions<D extends Declares> {
  readonly declares: D;
  readonly phase: Phase;
  readonly subject: ReceiptSubject;
  readonly ceiling: Budget;
  readonly now: () => number;
  /** From the profile: whether two runs may be in the instance at once. */
  readonly isReentrant: boolean;
  readonly operations: OperationContext;
  readonly kill: () => void;
  readonly onReleased: () => void;
}

/** An instance as callers see it: phases kept, deadlines held, faults named. */
export class Instance<D extends Declares = Declares> {
  readonly handle: InstanceHandle;
  readonly facets: GatedFacets<D>;
  readonly #driver: InstanceDriver<D>;
  readonly #options: InstanceOptions<D>;
  readonly #monitor: PhaseMonitor;
  #starting: Promise<void> | undefined;
  #exit: Exit | undefined;
  #fault: Fault | undefined;

  constructor(driver: InstanceDriver<D>, options: InstanceOptions<D>) {
    const { declares, subject, ceiling, now, phase, isReentrant, operations } = options;
    this.#driver = driver;
    this.#options = options;
    this.handle = driver.handle;
    this.#monitor = new PhaseMonitor(driver.handle.id, { phase, now });
    const kill = () => this.kill();
    const slot = new RunSlot(driver.handle.id, { isReentrant });
    const { release } = driver.handle;
    const context = { monitor: this.#monitor, release, ceiling, now, operations, slot, kill };
    this.facets = gateFacets(driver.facets, { declares, subject, context });
  }

  get phase(): Phase {
    return this.#monitor.phase;
  }

  /** A declared facet; `capability.undeclared` for any other. */
  facet<F extends FacetName>(name: F): NonNullable<GatedFacets<Declares>[F]> {
    const found = (this.facets as GatedFacets<Declares>)[name];
    if (found !== undefined) return found as NonNullable<GatedFacets<Declares>[F]>;
    throw raise("capability.undeclared", {
      op: `instance.${name}`,
      subject: `instance/${this.handle.id}`,
      detail: { facet: name },
      message: `Cannot use ${name} of instance/${this.handle.id}: its environment does not declare it`,
    });
  }

  /** Starting twice starts once. */
  start(call: KeyedCall): Promise<void> {
    return this.#do("start", call, () => {
      this.#monitor.demand("start");
      this.#starting ??= this.#start(call);
      return this.#starting;
    });
  }

  async status(call: Call): Promise<InstanceStatus> {
    this.#monitor.demand("status");
    const { phase, sinceAt } = this.#monitor;
    const isOver = phase === "released" || phase === "failed";
    const status = isOver
      ? undefined
      : await this.#do("status", call, () => this.#driver.status(call));
    if (status !== undefined && isEnd(status.phase)) this.#monitor.move(status.phase);
    const usage = status?.usage ?? { fuel: 0, wallMs: 0, cpuMs: 0, memoryBytes: 0, outputBytes: 0 };
    const exit = status?.exit ?? this.#exit;
    this.#fault = status?.fault ?? this.#fault;
    const fault = this.#fault;
    const resources = status?.resources;
    const isEnded = this.#monitor.phase !== phase;
    return {
      phase: this.#monitor.phase,
      sinceAt: isEnded ? this.#monitor.sinceAt : sinceAt,
      usage,
      ...(resources && { resources }),
      ...(exit && { exit }),
      ...(fault && { fault }),
    };
  }

  /** Waits until the instance is in one of the phases. */
  async wait(until: readonly Phase[], call: Call): Promise<InstanceStatus> {
    this.#monitor.demand("wait");
    while (!until.includes(this.#monitor.phase)) {
      await withDeadline(this.#monitor.changed(), {
        op: "instance.wait",
        call,
        now: this.#options.now,
      });
    }
    return this.status(call);
  }

  /** Stopping twice answers the same exit. */
  stop(how: StopOptions, call: KeyedCall): Promise<Exit> {
    return this.#do("stop", call, async () => {
      this.#monitor.demand("stop");
      if (this.#exit !== undefined) return this.#exit;
      const exit = await this.#driver.stop(how, call);
      this.#exit ??= exit;
      this.#monitor.move("stopped");
      return this.#exit;
    });
  }

  /** Releasing twice does nothing. */
  release(call: KeyedCall): Promise<void> {
    return this.#do("release", call, async () => {
      this.#monitor.demand("release");
      if (this.#monitor.phase === "released") return;
      await this.#driver.release(call);
      this.forget();
    });
  }

  /** The environment has let go of it: released, without asking it again. */
  forget(): void {
    this.#monitor.move("released");
    this.#options.onReleased();
  }

  /** Ends the guest by force; the instance is failed at once. */
  kill(): void {
    this.#monitor.move("failed");
    this.#options.kill();
  }

  async #start(call: KeyedCall): Promise<void> {
    if (this.#monitor.phase === "running") return;
    try {
      await this.#driver.start(call);
      this.#monitor.move("running");
    } catch (error) {
      this.#monitor.move("failed");
      throw error;
    }
  }

  #do<T>(verb: string, call: Call, work: () => Promise<T>): Promise<T> {
    return operate(this.#options.operations, { op: `instance.${verb}`, call }, work);
  }
}

function isEnd(phase: Phase): boolean {
  return phase === "stopped" || phase === "failed" || phase === "lost";
}
