import type { Meter } from "./budget.ts";

/** What the guest did: a value, never thrown; hashed into the receipt. */
export type Outcome =
  /** It finished. A program's `exitCode` is 0. */
  | {
      readonly kind: "returned";
      readonly output: Uint8Array;
      readonly exitCode?: number | undefined;
    }
  /** It asked to be undone, or a program ended with a failure of its own. Unused fuel stays unused. */
  | {
      readonly kind: "reverted";
      readonly output: Uint8Array;
      readonly exitCode?: number | undefined;
    }
  /** It broke a rule of its instruction set. */
  | { readonly kind: "trapped"; readonly reason: string }
  /** It reached a bound of its budget. */
  | { readonly kind: "exhausted"; readonly meter: Meter }
  /** This environment will not run this artifact, entry or input. Nothing ran. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      /** What it waits for may still come: on a later state it may run. */
      readonly isEarly?: true | undefined;
    };

/** Every kind of outcome. */
export type OutcomeKind = Outcome["kind"];

/** The longest `reason`, in characters. */
export const reasonMax = 512;
