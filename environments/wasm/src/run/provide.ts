import type { Call, Invocation } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { RunJournal } from "../contract/run-journal.ts";
import type { Ending } from "./ending.ts";

/** What an attempt waits for. */
export type Wish = Exclude<Ending, { readonly kind: "outcome" | "fault" }>;

/** Where wishes are fulfilled. */
export interface Provision {
  readonly invocation: Invocation;
  readonly journal: RunJournal;
  readonly call: Call;
}

/** Gets what a guest waits for into the journal, or within reach of the next attempt. */
export async function provide(wish: Wish, to: Provision): Promise<void> {
  if (wish.kind === "load") return load(wish.key, to);
  const ask = to.invocation.call;
  if (ask === undefined) throw unreachableCall();
  const { fuelUsed, ...outcome } = await ask(wish.request);
  const granted = wish.request.budget.fuel ?? 0;
  to.journal.answer({ outcome, fuel: Math.min(fuelUsed ?? granted, granted) });
}

async function load(key: Uint8Array, { invocation, call }: Provision): Promise<void> {
  const { reads } = invocation;
  await reads?.load([key], call);
  if (reads?.peek(key) === undefined) throw unloaded();
}

function unloaded(): Error {
  return raise("internal.bug", {
    op: "instance.invoke",
    detail: { where: "reads.load" },
    effect: "none",
    message: "Cannot go on with the run: the state reader loaded a key and does not have it",
  });
}

function unreachableCall(): Error {
  return raise("internal.bug", {
    op: "instance.invoke",
    detail: { where: "invocation.call" },
    effect: "none",
    message: "Cannot make the cross-call: the invocation allows none",
  });
}
