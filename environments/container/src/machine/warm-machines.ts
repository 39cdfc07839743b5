import { newCall } from "@bedplate/environment";
import { hostTimeoutMs } from "./ground.ts";
import type { Machine } from "./machine.ts";
import { fixedPart, type MachinePlan } from "./machine-plan.ts";

/** Who was just given a machine uses it first. */
const refillDelayMs = 60;

/** Makes a machine that belongs to nobody yet; undefined: there is no room for one. */
export type MakeSpare = (plan: MachinePlan) => Promise<Machine | undefined>;

export interface WarmMachinesOptions {
  readonly make: MakeSpare;
  /** Spares of each kind. */
  readonly wanted: number;
  /** Kinds that spares are kept of: those that were asked for last. */
  readonly kindsMax: number;
}

/** Machines that differ in nothing but what can still be changed. */
interface Kind {
  plan: MachinePlan;
  readonly spares: Machine[];
  /** None could be made: none is, until one is asked for again. */
  hasFailed: boolean;
  refillTimer: NodeJS.Timeout | undefined;
}

/**
 * Machines that were started before anyone asked for them, for each of the kinds that were asked for
 * last. Each is given away once, and never taken back.
 */
export class WarmMachines implements AsyncDisposable {
  readonly #options: WarmMachinesOptions;
  /** By their fixed part; the one that was asked for last is the last. */
  readonly #kinds = new Map<string, Kind>();
  #work: Promise<void> = Promise.resolve();
  /** The spare that is just being made. */
  #making: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: WarmMachinesOptions) {
    this.#options = options;
  }

  /** Spares that stand ready. */
  get count(): number {
    return this.#kinds.values().reduce((sum, { spares }) => sum + spares.length, 0);
  }

  /** A machine that is what the plan says, but for what can still be changed; undefined: there is none. */
  take(plan: MachinePlan): Machine | undefined {
    if (this.#options.wanted === 0) return undefined;
    const kind = this.#kindOf(plan);
    const spare = kind.spares.shift();
    kind.refillTimer ??= setTimeout(() => {
      kind.refillTimer = undefined;
      this.#then(() => this.#refill(kind));
    }, refillDelayMs).unref();
    return spare;
  }

  /** Waits for the spare that is just being made: it takes room, and could not give way before. */
  async made(): Promise<void> {
    await this.#making;
  }

  /** Makes what is missing, where there is room again. */
  topUp(): void {
    for (const kind of this.#kinds.values()) this.#then(() => this.#refill(kind));
  }

  /** Releases a spare of the kind that was asked for longest ago; false: none could be. */
  async giveWay(): Promise<boolean> {
    for (const { spares } of this.#kinds.values()) {
      for (let spare = spares.pop(); spare !== undefined; spare = spares.pop()) {
        if (await releaseSpare(spare)) return true;
      }
    }
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { refillTimer } of this.#kinds.values()) clearTimeout(refillTimer);
    await this.#work;
    for (const { spares } of this.#kinds.values()) await releaseAll(spares);
  }

  /** The kind of the plan, now the one that was asked for last; one that is one too many goes. */
  #kindOf(plan: MachinePlan): Kind {
    const name = fixedPart(plan);
    const kind: Kind = this.#kinds.get(name) ?? newKind(plan);
    kind.hasFailed = false;
    kind.plan = { ...plan, env: {}, egress: undefined };
    this.#kinds.delete(name);
    this.#kinds.set(name, kind);
    const [oldest] = this.#kinds;
    if (oldest !== undefined && this.#kinds.size > this.#options.kindsMax) {
      this.#kinds.delete(oldest[0]);
      clearTimeout(oldest[1].refillTimer);
      this.#then(() => releaseAll(oldest[1].spares));
    }
    return kind;
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }

  // What cannot be made ready now is made when it is asked for, and fails there where it is heard.
  async #refill(kind: Kind): Promise<void> {
    const isKept = () => !this.#isClosed && this.#kinds.get(fixedPart(kind.plan)) === kind;
    while (isKept() && !kind.hasFailed && kind.spares.length < this.#options.wanted) {
      const making = this.#make(kind);
      this.#making = making;
      const spare = await making;
      if (spare === undefined) break;
      kind.spares.push(spare);
    }
    if (!isKept()) await releaseAll(kind.spares);
  }

  async #make(kind: Kind): Promise<Machine | undefined> {
    try {
      return await this.#options.make(kind.plan);
    } catch {
      kind.hasFailed = true;
      return undefined;
    }
  }
}

function newKind(plan: MachinePlan): Kind {
  return { plan, spares: [], hasFailed: false, refillTimer: undefined };
}

async function releaseAll(spares: Machine[]): Promise<void> {
  for (const each of spares.splice(0)) await releaseSpare(each);
}

/** Releases a machine that is nobody's; false: it is left, and found by its record at the next start. */
export async function releaseSpare(spare: Machine): Promise<boolean> {
  const call = newCall({ principal: "pool", timeoutMs: hostTimeoutMs, key: spare.handle.id });
  return spare.release(call).then(
    () => true,
    () => false,
  );
}
