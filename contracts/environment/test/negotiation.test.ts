import { expect, test } from "vitest";
import { negotiate, type Offer, readGreeting, speaks, writeGreeting } from "../src/index.ts";

function offer(side: "host" | "plugin", change: Partial<Offer> = {}): Offer {
  const build = `sha256:${"0".repeat(64)}` as const;
  return {
    hello: 1,
    side,
    process: { build, startedAt: 1, nonce: "0123456789abcdef" },
    speaks: speaks(["invoke"]),
    features: {},
    has: [],
    ...change,
  };
}

test("negotiate() picks the highest common major and the lower minor", () => {
  const surface = `sha256:${"1".repeat(64)}` as const;
  const range = (...versions: (readonly [number, number])[]) => [
    {
      name: "environment",
      versions: versions.map(([major, minor]) => ({ major, minor, surface })),
    },
  ];
  const host = offer("host", { speaks: range([1, 4], [2, 3]) });
  const plugin = offer("plugin", { speaks: range([2, 5], [3, 0]) });
  expect(negotiate(host, plugin)).toMatchObject({
    chosen: { environment: { major: 2, minor: 3 } },
  });
});

test("readGreeting() reads back what writeGreeting() wrote, and ignores unknown members", () => {
  const line = writeGreeting({ ...offer("plugin"), later: true } as Offer);
  expect(negotiate(offer("host"), readGreeting(line)).isAgreed).toBe(true);
});
