import { raise } from "@bedplate/errors";
import type { Budget, Meter } from "../budget.ts";
import { meters } from "../budget.ts";
import {
  creditBytesMax,
  type Execution,
  eventBounds,
  type Invocation,
  type InvokeParams,
  type StateCredit,
  type StateWrite,
} from "../facets/invoke.ts";

/** The host enforces these itself, so every environment has them. */
const hostMeters: readonly Meter[] = ["wallMs"];

/** Longest entry name, in characters. */
export const entryCharactersMax = 256;

/** Refuses an invocation that the declared parameters do not allow. */
export function checkInvocation(invocation: Invocation, params: InvokeParams): void {
  const { entry, input, budget, seed, now } = invocation;
  if (input.length > params.inputBytesMax) {
    throw invalid("/input", `is longer than ${params.inputBytesMax} bytes`, params.inputBytesMax);
  }
  if (entry.length === 0 || entry.length > entryCharactersMax) {
    throw invalid("/entry", `must have 1 to ${entryCharactersMax} characters`, entryCharactersMax);
  }
  if (seed.length !== 32) throw invalid("/seed", "must have 32 bytes", 32);
  if (!Number.isSafeInteger(now)) throw invalid("/now", "must be whole milliseconds");
  checkBudget(budget, params);
  if (invocation.call !== undefined && !params.crossCalls) {
    throw raise("capability.undeclared", {
      op: "instance.invoke",
      detail: { facet: "invoke.crossCalls" },
      message: "Cannot invoke with cross-calls: the environment does not declare them",
    });
  }
}

/** Refuses an execution that breaks the contract: the plug-in's bug, and no receipt. */
export function checkExecution(
  execution: Execution,
  { outputBytesMax, credits }: { readonly outputBytesMax: number; readonly credits: boolean },
): void {
  const { outcome, writes, usage, events } = execution;
  if (outcome.kind !== "returned" && writes.length > 0) throw broken("writes without a return");
  if (!areSorted(writes)) throw broken("writes that are not sorted and unique");
  if (execution.credits !== undefined && !credits) throw broken("credits that it does not declare");
  if (execution.credits !== undefined) checkCredits(execution.credits, execution);
  if (usage.outputBytes > outputBytesMax) throw broken("more output than its budget");
  if (events.length > eventBounds.eventsMax) throw broken("more events than a run may make");
  if (!Number.isSafeInteger(usage.fuel) || usage.fuel < 0) throw broken("fuel that is no amount");
}

function checkCredits(credits: readonly StateCredit[], { outcome, writes }: Execution): void {
  if (outcome.kind !== "returned" && credits.length > 0) throw broken("credits without a return");
  if (!areSorted(credits)) throw broken("credits that are not sorted and unique");
  const isAmount = ({ amount }: StateCredit) =>
    amount.length > 0 && amount.length <= creditBytesMax && amount[0] !== 0;
  if (!credits.every(isAmount)) throw broken("a credit that is no amount");
  const written = new Set(credits.length > 0 ? writes.map(({ key }) => textOf(key)) : []);
  if (credits.some(({ key }) => written.has(textOf(key)))) throw broken("a write beside a credit");
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function checkBudget(budget: Budget, params: InvokeParams): void {
  for (const meter of meters) {
    const bound = budget[meter];
    if (bound === undefined) continue;
    if (!Number.isSafeInteger(bound) || bound < 0) {
      throw invalid(`/budget/${meter}`, "must be a whole number, 0 or more");
    }
    if (!params.meters.includes(meter) && !hostMeters.includes(meter)) {
      throw invalid(`/budget/${meter}`, "is a meter that this environment does not enforce");
    }
  }
}

function areSorted(writes: readonly Pick<StateWrite, "key">[]): boolean {
  for (let i = 1; i < writes.length; i++) {
    const [before, here] = [writes[i - 1], writes[i]];
    if (before && here && Buffer.compare(before.key, here.key) >= 0) return false;
  }
  return true;
}

function invalid(path: string, rule: string, limit?: number): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path, rule, limit },
    message: `Cannot invoke: ${path} ${rule}`,
  });
}

function broken(what: string): Error {
  return raise("internal.bug", {
    op: "instance.invoke",
    blame: "plugin",
    detail: { where: "invoke.run" },
    message: `Cannot accept the execution: the environment reported ${what}`,
  });
}
