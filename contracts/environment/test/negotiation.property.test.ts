import fc from "fast-check";
import { expect, test } from "vitest";
import { type Feature, negotiate, type Offer, readGreeting, writeGreeting } from "../src/index.ts";

const surface = fc.constantFrom("a", "b").map((digit) => `sha256:${digit.repeat(64)}` as const);
const version = fc.record({ major: fc.nat(3), minor: fc.nat(3), surface });
const range = fc.record({
  name: fc.constantFrom("environment", "facet/invoke", "facet/rewind"),
  versions: fc.array(version, { minLength: 1, maxLength: 4 }),
});
const feature: fc.Arbitrary<Feature> = fc.record({
  name: fc.constantFrom("f", "g"),
  stage: fc.constantFrom("alpha", "beta", "stable", "deprecated"),
  isOn: fc.boolean(),
  isLocked: fc.boolean(),
  since: fc.constant("1.0"),
});
const wishes = fc.dictionary(
  fc.constantFrom("f", "g"),
  fc.constantFrom("require", "prefer", "refuse") as fc.Arbitrary<"require" | "prefer" | "refuse">,
);

function offers(side: "host" | "plugin"): fc.Arbitrary<Offer> {
  return fc.record({
    hello: fc.constant(1 as const),
    side: fc.constant(side),
    process: fc.constant({
      build: `sha256:${"0".repeat(64)}` as const,
      startedAt: 1,
      nonce: "0123456789abcdef",
    }),
    speaks: fc.uniqueArray(range, { selector: ({ name }) => name, maxLength: 3 }),
    features: wishes,
    has: fc.uniqueArray(feature, { selector: ({ name }) => name, maxLength: 2 }),
  });
}

test("negotiate() answers both sides alike, whatever they offer", () => {
  const overLine = (offer: Offer) => readGreeting(writeGreeting(offer));
  fc.assert(
    fc.property(offers("host"), offers("plugin"), (host, plugin) => {
      const mine = negotiate(host, overLine(plugin));
      const theirs = negotiate(overLine(host), plugin);
      expect(theirs).toEqual(mine);
    }),
    { numRuns: 5_000 },
  );
});

test("negotiate() chooses only what both speak, at the highest common major", () => {
  fc.assert(
    fc.property(offers("host"), offers("plugin"), (host, plugin) => {
      const agreement = negotiate(host, plugin);
      if (!agreement.isAgreed) {
        expect(agreement.fault.effect).toBe("none");
        return;
      }
      for (const [name, { major, minor }] of Object.entries(agreement.chosen)) {
        const ends = [host, plugin].map((side) => {
          const found = side.speaks.find((each) => each.name === name)?.versions ?? [];
          return found.map((each) => each.major);
        });
        const common = ends[0]?.filter((each) => ends[1]?.includes(each)) ?? [];
        expect(major).toBe(Math.max(...common));
        expect(minor).toBeGreaterThanOrEqual(0);
      }
      for (const name of agreement.features) {
        expect(host.features[name] === "refuse" || plugin.features[name] === "refuse").toBe(false);
      }
    }),
    { numRuns: 5_000 },
  );
});

test("readGreeting() answers garbage with argument.invalid, never with an offer or a crash", () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ hello: fc.anything(), side: fc.anything() }).map((each) => safeJson(each)),
    fc
      .tuple(offers("plugin"), fc.nat(400), fc.string({ maxLength: 3 }))
      .map(([offer, at, noise]) => {
        const text = writeGreeting(offer);
        return `${text.slice(0, at)}${noise}${text.slice(at + 1)}`;
      }),
  );
  fc.assert(
    fc.property(line, (text) => {
      try {
        expect(readGreeting(text).hello).toBe(1);
      } catch (error) {
        expect(error).toMatchObject({ code: "argument.invalid" });
      }
    }),
    { numRuns: 5_000 },
  );
});

function safeJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}` : each)) ?? ""
  );
}
