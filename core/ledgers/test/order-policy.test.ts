import fc from "fast-check";
import { expect, test } from "vitest";
import { oldestEvery, orderNames, orderPolicies, type WaitingTransaction } from "../src/index.ts";
import { inTurn } from "../src/order/in-turn.ts";

function waits(place: number, change: Partial<WaitingTransaction> = {}): WaitingTransaction {
  const plain = { project: "p", sender: "s", priority: 5, gasPrice: 0, fuel: 10, at: 0 };
  return { id: `tx${place}`, place, ...plain, ...change };
}

const bounds = { transactionsMax: 8, fuelMax: 1_000 };

test("arrival takes them as they came", () => {
  const waiting = [waits(0), waits(1, { priority: 9 }), waits(2, { gasPrice: 100 })];
  const ordered = orderPolicies.arrival({ waiting, now: 0, bounds });
  expect(ordered.map((each) => each.place)).toEqual([0, 1, 2]);
});

test("priority goes first, until others have waited long enough", () => {
  const waiting = [waits(0, { priority: 1, at: 0 }), waits(1, { priority: 9, at: 20_000 })];
  const order = (now: number) =>
    orderPolicies.priority({ waiting, now, bounds }).map((each) => each.place);
  expect(
    orderPolicies
      .priority({
        waiting: [waits(0, { priority: 1, at: 20_000 }), waits(1, { priority: 9, at: 20_000 })],
        now: 20_000,
        bounds,
      })
      .map((each) => each.place),
  ).toEqual([1, 0]);
  expect(order(20_000)).toEqual([0, 1]);
});

test("price goes first, and nobody's price buys a whole batch", () => {
  const rich = Array.from({ length: 20 }, (_, n) => waits(n + 4, { sender: "rich", gasPrice: 10 }));
  const poor = ["a", "b", "c", "d"].map((sender, n) => waits(n, { sender, gasPrice: 4 }));
  const ordered = orderPolicies["gas-price"]({ waiting: [...poor, ...rich], now: 0, bounds });
  expect(ordered[0]?.sender).toBe("rich");
  expect(new Set(ordered.map((each) => each.sender)).size).toBe(5);
});

test("a sender's transactions keep their order under gas prices", () => {
  const waiting = [
    waits(0, { gasPrice: 1 }),
    waits(1, { gasPrice: 50 }),
    waits(2, { gasPrice: 9 }),
  ];
  const ordered = orderPolicies["gas-price"]({ waiting, now: 0, bounds });
  expect(ordered.map((each) => each.place)).toEqual([0, 1, 2]);
});

test("a batch holds at most what its bounds say, and always something", () => {
  for (const name of orderNames) {
    const waiting = Array.from({ length: 30 }, (_, n) => waits(n, { fuel: 300 }));
    expect(orderPolicies[name]({ waiting, now: 0, bounds }), name).toHaveLength(3);
    const big = [waits(0, { fuel: 5_000 }), waits(1)];
    expect(orderPolicies[name]({ waiting: big, now: 0, bounds }), name).toHaveLength(1);
  }
});

test("nobody waits for ever, whatever the others pay or claim", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...orderNames),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 4, max: 16 }),
      (name, gasPrice, perRound) => {
        // Each round brings more than a batch holds, all of them better than the one that waits.
        let place = 1;
        let waiting: WaitingTransaction[] = [waits(0, { sender: "poor", priority: 0 })];
        const transactionsMax = oldestEvery;
        for (let round = 0; round < 400; round++) {
          const now = round * 200;
          const others = Array.from({ length: perRound }, () =>
            waits(place++, { sender: `rich${place % 3}`, priority: 9, gasPrice, at: now }),
          );
          waiting = [...waiting, ...others];
          const picked = orderPolicies[name]({
            waiting,
            now,
            bounds: { transactionsMax, fuelMax: 1e9 },
          });
          if (picked.some((each) => each.place === 0)) return;
          const ids = new Set(picked.map((each) => each.id));
          waiting = waiting.filter((each) => !ids.has(each.id));
        }
        expect.fail(`it still waits under ${name}`);
      },
    ),
    { numRuns: 60 },
  );
});

test("the first of a line that take the places of cheap ones keep the bounds of the batch", () => {
  const turn = (place: number) => ({ line: "l", place });
  // The policy prefers the two cheap ones; their line begins with two that use a lot.
  const waiting = [
    waits(0, { turn: turn(0), fuel: 600, priority: 1 }),
    waits(1, { turn: turn(1), fuel: 600, priority: 1 }),
    waits(2, { turn: turn(2), fuel: 1, priority: 9 }),
    waits(3, { turn: turn(3), fuel: 1, priority: 9 }),
  ];
  const ordered = orderPolicies.priority({ waiting, now: 0, bounds });
  expect(ordered.map((each) => each.place)).toEqual([2, 3, 0]);
  expect(inTurn(ordered, { waiting, bounds }).map((each) => each.place)).toEqual([0]);
});
