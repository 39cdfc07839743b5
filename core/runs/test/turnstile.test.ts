import fc from "fast-check";
import { expect, test } from "vitest";
import { agingMs, Turnstile } from "../src/turnstile.ts";

function open(options: { readonly concurrentMax: number; readonly now?: () => number }): Turnstile {
  return new Turnstile({ waitingMax: 1_000, now: () => 0, ...options });
}

test("enter() never lets in more than the bounds, and lets everybody in at last", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ project: fc.constantFrom("a", "b", "c"), priority: fc.nat(9) }), {
        maxLength: 40,
      }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      async (arrivals, concurrentMax, projectMax) => {
        const turnstile = open({ concurrentMax });
        const inside = new Map<string, number>();
        let total = 0;
        let most = 0;
        await Promise.all(
          arrivals.map(async ({ project, priority }) => {
            using _turn = await turnstile.enter({ project, priority, projectMax });
            inside.set(project, (inside.get(project) ?? 0) + 1);
            most = Math.max(most, ++total);
            expect(inside.get(project)).toBeLessThanOrEqual(projectMax);
            await new Promise((resolve) => setImmediate(resolve));
            inside.set(project, (inside.get(project) ?? 0) - 1);
            total--;
          }),
        );
        expect(most).toBeLessThanOrEqual(concurrentMax);
        expect([turnstile.running, turnstile.waiting]).toEqual([0, 0]);
      },
    ),
    { numRuns: 100 },
  );
});

test("enter() prefers priority, and age beats priority in the end", async () => {
  let now = 0;
  const turnstile = open({ concurrentMax: 1, now: () => now });
  const order: string[] = [];
  const first = await turnstile.enter({ project: "p", priority: 5, projectMax: 9 });
  const enter = async (name: string, priority: number) => {
    using _turn = await turnstile.enter({ project: "p", priority, projectMax: 9 });
    order.push(name);
  };
  const waiting = [enter("old and low", 0)];
  now = 10 * agingMs;
  waiting.push(enter("new and low", 0), enter("new and high", 9));
  first[Symbol.dispose]();
  await Promise.all(waiting);
  expect(order).toEqual(["old and low", "new and high", "new and low"]);
});

test("who stops waiting takes no turn", async () => {
  const turnstile = open({ concurrentMax: 1 });
  const first = await turnstile.enter({ project: "p", priority: 5, projectMax: 9 });
  const giveUp = new AbortController();
  const waiting = turnstile.enter({
    project: "p",
    priority: 5,
    projectMax: 9,
    signal: giveUp.signal,
  });
  giveUp.abort(new Error("gave up"));
  await expect(waiting).rejects.toThrow("gave up");
  first[Symbol.dispose]();
  expect([turnstile.running, turnstile.waiting]).toEqual([0, 0]);
});
