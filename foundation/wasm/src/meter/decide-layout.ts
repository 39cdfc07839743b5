import { type CostList, type EventList, eventCall } from "./event-list.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { BodyLayout, CounterPlace } from "./layout.ts";
import type { RewriteSettings } from "./rewrite-options.ts";

/** Slots of a frame beside locals and operands: return address, markers, saved registers, spills. */
const frameOverheadSlots = 16;

/** Frames that end a chain of calls are not counted up to this size; it is headroom of the limit. */
export const leafSlotsMax = 256;

/** Callers pay for a callee up to this cost, so that no path without tests grows long. */
const constantCostMax = 2_000;

/** What is known of all functions of a module. */
export interface ModulePlans {
  /** Plans by function index; imports have none. */
  readonly plans: readonly (FunctionPlan | undefined)[];
  readonly events: EventList;
  readonly costs: CostList;
  /** Functions that the host or a reference can reach. */
  readonly exposed: ReadonlySet<number>;
  readonly settings: RewriteSettings;
}

/**
 * Decides per function what is inserted. A function that costs the same on every path, calls only
 * such functions and has no unknown callers is *transparent*: its callers pay for it.
 */
export class LayoutDecisions {
  readonly #module: ModulePlans;
  readonly #isTransparent: Uint8Array;
  readonly #cost: Float64Array;
  readonly #slots: Float64Array;
  /** Weights that are known already; -1 for the others. */
  readonly #weights: Float64Array;
  readonly #restoresAlways: boolean;

  constructor(module: ModulePlans) {
    const count = module.plans.length;
    this.#module = module;
    this.#isTransparent = new Uint8Array(count);
    this.#cost = new Float64Array(count);
    this.#slots = new Float64Array(count);
    this.#weights = new Float64Array(count).fill(-1);
    // A tail call may put any function into the place of one that the host called.
    this.#restoresAlways = module.plans.some((each) => each?.hasTailCall === true);
    if (module.settings.charging === "regions") this.#findTransparent();
    this.#chargeCallers();
  }

  isTransparent(index: number): boolean {
    return this.#isTransparent[index] === 1;
  }

  /** True for functions that count depth, and for imports: the host may call back. */
  readsDepth(index: number): boolean {
    const plan = this.#module.plans[index];
    return plan === undefined || this.#depthWeight(plan) > 0;
  }

  layoutOf(plan: FunctionPlan): BodyLayout {
    const { settings, exposed } = this.#module;
    const isTransparent = this.isTransparent(plan.body.index);
    const calls = this.#hasRealCalls(plan);
    const storesDepth = settings.depth && calls;
    const isExposed = this.#restoresAlways || exposed.has(plan.body.index);
    const counter = settings.fuel && !isTransparent ? this.#counterOf(plan) : "none";
    return {
      counter,
      testsAtEntry: calls,
      wrapsLoops: counter === "local" && !plan.hasTry,
      depthWeight: isTransparent ? 0 : this.#depthWeight(plan),
      storesDepth,
      restoresDepth: storesDepth && isExposed,
    };
  }

  // Keeping the counter in a local saves a load and a store per charge and costs them per call.
  #counterOf(plan: FunctionPlan): CounterPlace {
    if (plan.hasTry || this.#module.settings.charging === "blocks") return "global";
    return plan.chargeWeight > plan.callWeight + 1 ? "local" : "global";
  }

  #depthWeight(plan: FunctionPlan): number {
    const known = this.#weights[plan.body.index] as number;
    if (known >= 0) return known;
    const weight = this.#module.settings.depth ? this.#findDepthWeight(plan) : 0;
    this.#weights[plan.body.index] = weight;
    return weight;
  }

  #findDepthWeight(plan: FunctionPlan): number {
    const slots = frameOverheadSlots + plan.frameSlots + this.#calleeSlots(plan);
    return this.#hasRealCalls(plan) || slots > leafSlotsMax ? slots : 0;
  }

  /** Calls to anything but transparent functions. */
  #hasRealCalls(plan: FunctionPlan): boolean {
    if (!plan.hasCalls) return false;
    if (plan.hasOpenCalls) return true;
    return this.#callees(plan).some((callee) => !this.isTransparent(callee));
  }

  #calleeSlots(plan: FunctionPlan): number {
    let most = 0;
    for (const callee of this.#callees(plan)) {
      if (callee >= 0 && this.isTransparent(callee)) {
        most = Math.max(most, this.#slots[callee] as number);
      }
    }
    return most;
  }

  #callees(plan: FunctionPlan): readonly number[] {
    const { events } = this.#module;
    const callees: number[] = [];
    if (!plan.hasCalls) return callees;
    for (let event = plan.eventsStart; event < plan.eventsEnd; event++) {
      if (events.kind(event) === eventCall) callees.push(events.value(event));
    }
    return callees;
  }

  /** Visits callees first; a cycle of calls leaves its functions opaque. Keeps its own stack. */
  #findTransparent(): void {
    const { plans } = this.#module;
    const isVisited = new Uint8Array(plans.length);
    for (const plan of plans) {
      if (plan === undefined) continue;
      const open = [plan.body.index];
      while (open.length > 0) {
        const index = open[open.length - 1] as number;
        const current = plans[index];
        const isFirst = isVisited[index] === 0;
        isVisited[index] = 1;
        const waiting =
          isFirst && current !== undefined && this.#canBeTransparent(current)
            ? this.#callees(current).filter((callee) => callee >= 0 && isVisited[callee] === 0)
            : [];
        if (waiting.length > 0) open.push(...waiting.slice(0, calleesAtOnceMax));
        else {
          open.pop();
          if (current !== undefined) this.#settle(current);
        }
      }
    }
  }

  #canBeTransparent(plan: FunctionPlan): boolean {
    if (plan.hasTry || plan.hasLoop || plan.hasOpenCalls || plan.hasLengthCharge) return false;
    if (this.#module.exposed.has(plan.body.index)) return false;
    const { costs } = this.#module;
    for (let region = plan.regionsStart + 1; region < plan.regionsEnd; region++) {
      if (costs.get(region) !== 0) return false;
    }
    return true;
  }

  #settle(plan: FunctionPlan): void {
    if (!this.#canBeTransparent(plan)) return;
    const { events, costs } = this.#module;
    let cost = costs.get(plan.regionsStart);
    for (let event = plan.eventsStart; event < plan.eventsEnd; event++) {
      if (events.kind(event) !== eventCall) continue;
      const callee = events.value(event);
      const isAtEntry = events.extra(event) === plan.regionsStart;
      if (callee < 0 || !isAtEntry || !this.isTransparent(callee)) return;
      cost += this.#cost[callee] as number;
    }
    const slots = frameOverheadSlots + plan.frameSlots + this.#calleeSlots(plan);
    if (cost > constantCostMax || slots > leafSlotsMax) return;
    this.#isTransparent[plan.body.index] = 1;
    this.#cost[plan.body.index] = cost;
    this.#slots[plan.body.index] = slots;
  }

  /** Adds the cost of transparent callees to the regions of the calls. */
  #chargeCallers(): void {
    const { plans, events, costs } = this.#module;
    for (const plan of plans) {
      if (plan === undefined || !plan.hasCalls || this.isTransparent(plan.body.index)) continue;
      for (let event = plan.eventsStart; event < plan.eventsEnd; event++) {
        if (events.kind(event) !== eventCall) continue;
        const callee = events.value(event);
        if (callee >= 0 && this.isTransparent(callee)) {
          costs.add(events.extra(event), this.#cost[callee] as number);
        }
      }
    }
  }
}

/** A transparent function costs at most `constantCostMax`, so more calls than that cannot be in it. */
const calleesAtOnceMax = 1_000;
