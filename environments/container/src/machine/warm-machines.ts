import { setTimeout as sleep } from "node:timers/promises";
import { newCall } from "@bedplate/environment";
import { hostTimeoutMs } from "./ground.ts";
import type { Machine } from "./machine.ts";
import { fixedPart, type MachinePlan } from "./machine-plan.ts";

/** Who was just given a machine uses it first. */
const refillDelayMs = 60;

/** Makes a machine that belongs to nobody yet. */
export type MakeSpare = (plan: MachinePlan) => Promise<Machine>;

/**
 * Machines that were started before anyone asked for them, for what was asked for last. Each is given
 * away once, and never taken back.
 */
export class WarmMachines implements AsyncDisposable {
  readonly #make: MakeSpare;
  readonly #wanted: number;
  #spares: Machine[] = [];
  #plan: MachinePlan | undefined;
  #filling: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: { readonly make: MakeSpare; readonly wanted: number }) {
    this.#make = options.make;
    this.#wanted = options.wanted;
  }

  /** A machine that is what the plan says, but for what can still be changed; undefined: there is none. */
  take(plan: MachinePlan): Machine | undefined {
    const isRight = this.#plan !== undefined && fixedPart(this.#plan) === fixedPart(plan);
    const spare = isRight ? this.#spares.shift() : undefined;
    if (this.#wanted > 0) this.#fill(plan);
    return spare;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#filling;
    await this.#drop(this.#spares.splice(0));
  }

  #fill(plan: MachinePlan): void {
    const old = this.#plan;
    this.#plan = { ...plan, env: {}, egress: undefined };
    const isOther = old !== undefined && fixedPart(old) !== fixedPart(plan);
    const dropped = isOther ? this.#spares.splice(0) : [];
    const before = this.#filling ?? Promise.resolve();
    this.#filling = before
      .then(() => this.#drop(dropped))
      .then(() => sleep(refillDelayMs, undefined, { ref: false }))
      .then(() => this.#refill());
  }

  // What cannot be made ready now is made when it is asked for, and fails there where it is heard.
  async #refill(): Promise<void> {
    while (this.#plan !== undefined && this.#spares.length < this.#wanted && !this.#isClosed) {
      const plan = this.#plan;
      const spare = await this.#make(plan).catch(() => undefined);
      if (spare === undefined) return;
      if (this.#plan === plan) this.#spares.push(spare);
      else await this.#drop([spare]);
    }
  }

  async #drop(machines: readonly Machine[]): Promise<void> {
    for (const each of machines) {
      await each.release(
        newCall({ principal: "pool", timeoutMs: hostTimeoutMs, key: each.handle.id }),
      );
    }
  }
}
