import fc from "fast-check";

/** One thing that happens to a queue. Leases and jobs go by number; one that is not there is passed over. */
export type Action =
  | ({ readonly kind: "enqueue" } & Enqueue)
  | { readonly kind: "lease"; readonly max: number }
  | { readonly kind: "acknowledge"; readonly lease: number }
  | { readonly kind: "extend"; readonly lease: number }
  | {
      readonly kind: "release";
      readonly lease: number;
      readonly delayMs: number;
      readonly bury: boolean;
    }
  | { readonly kind: "cancel" | "redrive"; readonly id: number }
  | { readonly kind: "advance"; readonly ms: number }
  /** A consumer dies: nobody settles what it holds. */
  | { readonly kind: "crash" }
  | { readonly kind: "reopen" };

/** A job as the model enqueues it. */
export interface Enqueue {
  readonly id: number;
  readonly priority: number;
  readonly delayMs: number;
  readonly attemptsMax: number;
  readonly group: string | undefined;
  readonly key: string | undefined;
  readonly expiresInMs: number | undefined;
}

/** The largest number of a job. */
export const idMax = 6;

const id = fc.nat({ max: idMax });
const lease = fc.nat({ max: 8 });
const delayMs = fc.constantFrom(0, 0, 300, 1_500);

const enqueue = fc.record({
  kind: fc.constant("enqueue" as const),
  id,
  priority: fc.nat({ max: 9 }),
  delayMs,
  attemptsMax: fc.integer({ min: 1, max: 3 }),
  group: fc.constantFrom(undefined, undefined, "g", "h"),
  key: fc.constantFrom(undefined, undefined, undefined, "k"),
  expiresInMs: fc.constantFrom(undefined, undefined, 400, 2_000),
});

/** Any sequence of calls, waits and crashes. */
export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    { arbitrary: enqueue, weight: 4 },
    {
      arbitrary: fc.record({
        kind: fc.constant("lease" as const),
        max: fc.integer({ min: 1, max: 3 }),
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        kind: fc.constantFrom("acknowledge" as const, "extend" as const),
        lease,
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("release" as const),
        lease,
        delayMs,
        bury: fc.boolean(),
      }),
      weight: 2,
    },
    fc.record({ kind: fc.constantFrom("cancel" as const, "redrive" as const), id }),
    {
      arbitrary: fc.record({
        kind: fc.constant("advance" as const),
        ms: fc.constantFrom(1, 299, 700, 1_000, 2_600),
      }),
      weight: 2,
    },
    fc.record({ kind: fc.constantFrom("crash" as const, "reopen" as const) }),
  ),
  { maxLength: 50 },
);
