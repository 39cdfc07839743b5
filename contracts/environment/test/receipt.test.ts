import { type CborValue, digestValue } from "@bedplate/codec";
import {
  type Execution,
  emptyState,
  type Invocation,
  noUsage,
  receiptOf,
} from "@bedplate/environment";
import fc from "fast-check";
import { expect, test } from "vitest";

const bytes = fc.uint8Array({ maxLength: 64 });
const maybe = fc.option(fc.nat(), { nil: undefined });

const invocations = fc.record({
  entry: fc.string({ unit: "grapheme" }),
  input: bytes,
  budget: fc.record({ fuel: maybe, memoryBytes: maybe, outputBytes: maybe, depth: maybe }),
  pre: fc.constant(emptyState),
  now: fc.integer(),
  seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

const outcomes: fc.Arbitrary<Execution["outcome"]> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("returned" as const, "reverted" as const),
    output: bytes,
    exitCode: maybe,
  }),
  fc.record({ kind: fc.constantFrom("trapped" as const, "refused" as const), reason: fc.string() }),
  fc.record({ kind: fc.constant("exhausted" as const), meter: fc.constantFrom("fuel", "depth") }),
);

const executions = fc.record({
  outcome: outcomes,
  usage: fc.nat().map((fuel) => ({ ...noUsage, fuel })),
  writes: fc.array(fc.record({ key: bytes, value: fc.option(bytes) })),
  events: fc.array(fc.record({ topic: fc.string({ unit: "grapheme" }), data: bytes })),
});

/** The receipt's shape, written plainly. */
function plainReceipt(invocation: Invocation, { outcome, usage, writes, events }: Execution) {
  const { entry, input, budget, pre, now, seed } = invocation;
  const { fuel, memoryBytes, outputBytes, depth } = budget;
  const ending =
    "output" in outcome
      ? [outcome.kind, outcome.output, outcome.exitCode ?? null]
      : [outcome.kind, "meter" in outcome ? outcome.meter : outcome.reason];
  const limits = [fuel, memoryBytes, outputBytes, depth].map((each) => each ?? null);
  const effects = [
    writes.map(({ key, value }) => [key, value]),
    events.map(({ topic, data }) => [topic, data]),
  ];
  const head: CborValue[] = [1, emptyState, emptyState, pre, entry, input, limits, now, seed];
  return digestValue([...head, ending, usage.fuel, ...effects]);
}

test("a receipt is the digest of the canonical encoding of all that determined the run", () => {
  const subject = { artifact: emptyState, profile: emptyState };
  fc.assert(
    fc.property(invocations, executions, (invocation, execution) => {
      const receipt = receiptOf(subject, invocation, execution as Execution);
      expect(receipt).toBe(plainReceipt(invocation, execution as Execution));
    }),
  );
});
