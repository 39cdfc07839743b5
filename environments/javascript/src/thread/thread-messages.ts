import type { GuestEvent } from "@bedplate/environment";
import type { Fault } from "@bedplate/errors";
import type { RewrittenModule } from "@bedplate/wasm-module";
import type { GuestImage } from "../guest/guest-image.ts";
import type { RunPlan, RunResult } from "../guest/run-plan.ts";

/** What a thread of guests is started with. */
export interface ThreadStart {
  /** Shared with the owner; see `cancelCell`. */
  readonly cells: Int32Array;
  /** The rewritten engine, where it is known already. */
  readonly rewritten?: RewrittenModule | undefined;
}

/** What its owner asks of a thread; one thing at a time. */
export type ThreadRequest =
  | { readonly kind: "run"; readonly plan: RunPlan }
  | { readonly kind: "inspect"; readonly source: string };

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: "ready"; readonly rewritten: RewrittenModule; readonly base: GuestImage }
  | { readonly kind: "event"; readonly event: GuestEvent }
  | { readonly kind: "ran"; readonly result: RunResult }
  | { readonly kind: "inspected"; readonly isModule: boolean }
  | { readonly kind: "failed"; readonly fault: Fault };
