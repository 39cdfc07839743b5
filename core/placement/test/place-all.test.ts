import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Amounts,
  agingMsDefault,
  keptMsMax,
  nothing,
  type PlacementNode,
  type PlacementRequest,
  type PlacementStrategy,
  placeAll,
  plus,
  rankMax,
  resources,
  wordReason,
} from "../src/index.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

test("spread takes the emptiest node, pack the fullest that has room", () => {
  const nodes = [nodeOf("a", { machines: 4 }, 1), nodeOf("b", { machines: 4 }, 3)];
  expect(whereOf(nodes, [requestOf("m1")], "spread")).toEqual({ m1: "a" });
  expect(whereOf(nodes, [requestOf("m1")], "pack")).toEqual({ m1: "b" });
  expect(whereOf(nodes, [requestOf("m1"), requestOf("m2")], "pack")).toEqual({ m1: "b", m2: "a" });
});

test("a node takes only what it offers, labels and room included, and only while it is ready", () => {
  const labels = { disk: "nvme" };
  const nodes = [
    { ...nodeOf("drained", { machines: 9 }), state: "drained" as const },
    { ...nodeOf("small", { machines: 9, memoryMiB: 256 }), labels },
    { ...nodeOf("plain", { machines: 9 }), slots: ["other"] },
  ];
  const reasons = (request: Partial<PlacementRequest>) => {
    const { waiting } = round(nodes, [{ ...requestOf("m"), ...request }], "spread");
    return waiting.map(({ because }) => wordReason(because));
  };
  expect(reasons({ labels })).toEqual([]);
  expect(reasons({ labels: { disk: "tape" } })).toEqual(["no node has the labels that it wants"]);
  expect(reasons({ slot: "none" })).toEqual(["no node that takes machines has slot/none"]);
  expect(reasons({ size: { ...nothing, machines: 1, memoryMiB: 512 } })).toEqual([
    "it is larger than every node: memoryMiB",
  ]);
  const none = round([], [requestOf("m")], "spread").waiting;
  expect(none.map(({ because }) => wordReason(because))).toEqual(["no node takes machines"]);
});

test("a machine goes back to the node that it prefers, where that has room", () => {
  const nodes = [nodeOf("a", { machines: 4 }, 0), nodeOf("b", { machines: 4 }, 3)];
  const back = { ...requestOf("m1"), prefers: "b" };
  expect(whereOf(nodes, [back, { ...back, id: "m2" }], "spread")).toEqual({ m1: "b", m2: "a" });
});

test("higher priority first; one that waits rises, up to the top", () => {
  const nodes = [nodeOf("a", { machines: 1 })];
  const low = { ...requestOf("low", 1), since: 0 };
  const high = { ...requestOf("high", 9), since: 50_000 };
  expect(Object.keys(whereOf(nodes, [low, high], "spread", 50_000))).toEqual(["high"]);
  expect(Object.keys(whereOf(nodes, [low, high], "spread", 90_000))).toEqual(["low"]);
});

const amounts: fc.Arbitrary<Amounts> = fc.record({
  cpuMillis: fc.integer({ min: 0, max: 4_000 }),
  memoryMiB: fc.integer({ min: 0, max: 4_096 }),
  diskMiB: fc.integer({ min: 0, max: 4_096 }),
  machines: fc.constant(1),
});
const nodes: fc.Arbitrary<readonly PlacementNode[]> = fc
  .array(
    fc.record({
      state: fc.constantFrom("ready" as const, "ready" as const, "draining" as const),
      labels: fc.constantFrom<Record<string, string>>({}, { zone: "a" }, { zone: "b" }),
      slots: fc.constantFrom(["one"], ["one", "two"]),
      capacity: fc.record(
        {
          cpuMillis: fc.integer({ min: 0, max: 16_000 }),
          memoryMiB: fc.integer({ min: 0, max: 16_384 }),
          diskMiB: fc.integer({ min: 0, max: 16_384 }),
          machines: fc.integer({ min: 0, max: 8 }),
        },
        { requiredKeys: [] },
      ),
      used: fc.constant<ReadonlyMap<string, Amounts>>(new Map()),
    }),
    { maxLength: 6 },
  )
  .map((all) => all.map((each, at) => ({ ...each, name: `n${at}` })));
const requests: fc.Arbitrary<readonly PlacementRequest[]> = fc
  .array(
    fc.record({
      project: fc.constantFrom("p", "q", "r"),
      slot: fc.constantFrom("one", "two"),
      size: amounts,
      labels: fc.constantFrom<Record<string, string>>({}, { zone: "a" }),
      priority: fc.integer({ min: 0, max: 9 }),
      since: fc.integer({ min: 0, max: 200_000 }),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((each, at) => ({ ...each, id: `m${at}` })));
const strategies = fc.constantFrom<PlacementStrategy>("spread", "pack");

test(`never over capacity, each request once, and whoever fits alone is placed (seed ${seed})`, () => {
  fc.assert(
    fc.property(nodes, requests, strategies, (all, asked, strategy) => {
      const { placed, waiting } = round(all, asked, strategy, 200_000);
      const told = [...placed, ...waiting].map(({ request }) => request.id);
      expect(told.toSorted()).toEqual(asked.map(({ id }) => id).toSorted());
      for (const node of all) {
        const here = placed.filter((each) => each.node === node.name);
        const used = here.reduce((sum, { request }) => plus(sum, request.size), nothing);
        const isOver = resources.some((each) => used[each] > (node.capacity[each] ?? Infinity));
        const isRefused = here.some(
          ({ request }) =>
            !node.slots.includes(request.slot) ||
            Object.entries(request.labels).some(([name, text]) => node.labels[name] !== text),
        );
        expect(isOver || isRefused || (here.length > 0 && node.state !== "ready")).toBe(false);
      }
    }),
    { seed, numRuns: 500 },
  );
});

test(`the same input gives the same answer, in whatever order it comes (seed ${seed})`, () => {
  fc.assert(
    fc.property(nodes, requests, strategies, (all, asked, strategy) => {
      const one = round(all, asked, strategy);
      const other = round(all.toReversed(), asked.toReversed(), strategy);
      expect(other).toEqual(one);
    }),
    { seed, numRuns: 200 },
  );
});

test(`of one priority, no project gets ahead by more than one machine (seed ${seed})`, () => {
  const arrivals = fc.array(fc.constantFrom("p", "q", "r", "s"), { maxLength: 60 });
  const weights = fc.record({ p: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 30 }), weights, (projects, room, { p }) => {
      const weightOf = (project: string) => (project === "p" ? p : 1);
      const asked = projects.map((project, at) => ({ ...requestOf(`m${at}`), project }));
      const options = { strategy: "spread", weightOf } as const;
      const all = [nodeOf("a", { machines: room })];
      const { placed, waiting } = placeAll({ nodes: all, requests: asked, now: 0, options });
      const countOf = (project: string) =>
        placed.filter(({ request }) => request.project === project).length;
      for (const { request } of waiting) {
        const behind = (countOf(request.project) + 1) / weightOf(request.project);
        // Whoever has more took its last one while it had no more than the one behind.
        for (const other of new Set(projects)) {
          expect((countOf(other) - 1) / weightOf(other)).toBeLessThanOrEqual(behind);
        }
      }
    }),
    { seed, numRuns: 300 },
  );
});

test(`nobody waits for ever, however much others ask for (seed ${seed})`, () => {
  const agingMs = 1_000;
  const lifeMs = 8_000;
  const large = { cpuMillis: 0, memoryMiB: 100, diskMiB: 0, machines: 1 };
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 5, maxLength: 20 });
  fc.assert(
    fc.property(sizes, strategies, (small, strategy) => {
      const victim = { ...requestOf("victim", 0), project: "v", size: large, since: 0 };
      let asked: readonly PlacementRequest[] = [victim];
      let held: readonly { request: PlacementRequest; node: string; end: number }[] = [];
      for (let now = 0, made = 0; now < 10 * rankMax * agingMs; now += 500) {
        held = held.filter(({ end }) => end > now);
        // Others of the highest priority ask for more than there is, all the time.
        const more = [0, 1, 2, 3].map(() => {
          const memoryMiB = small[made % small.length] ?? 1;
          const size = { ...large, memoryMiB };
          return { ...requestOf(`m${made++}`, 9), project: "q", size, since: now };
        });
        const all = ["a", "b"].map((name) => ({
          ...nodeOf(name, { memoryMiB: 100 }),
          used: usedOn(name, held),
        }));
        const options = { strategy, agingMs };
        const { placed } = placeAll({ nodes: all, requests: [...asked, ...more], now, options });
        if (placed.some(({ request }) => request.id === "victim")) return;
        const ids = new Set(placed.map(({ request }) => request.id));
        asked = [...asked, ...more].filter(({ id }) => !ids.has(id)).slice(0, 200);
        held = [...held, ...placed.map((each) => ({ ...each, end: now + lifeMs }))];
      }
      expect.unreachable("it waits for ever");
    }),
    { seed, numRuns: 50 },
  );
});

test(`machines that never end have large ones wait, and small ones placed (seed ${seed})`, () => {
  const memoryOf = (memoryMiB: number) => ({ ...nothing, memoryMiB, machines: 1 });
  const counts = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }));
  fc.assert(
    fc.property(counts, strategies, fc.nat(2 * keptMsMax), ([hosts, larges], strategy, late) => {
      const used = new Map([["z", memoryOf(60)]]);
      const all = Array.from({ length: hosts }, (_, at) => ({
        ...nodeOf(`n${at}`, { memoryMiB: 100 }),
        used,
      }));
      const large = Array.from({ length: larges }, (_, at) => {
        return { ...requestOf(`large${at}`), project: `p${at}`, size: memoryOf(100) };
      });
      const now = rankMax * agingMsDefault + late;
      const small = { ...requestOf("small"), size: memoryOf(40), since: now };
      const where = whereOf(all, [...large, small], strategy, now);
      // One node at most is kept, and that one not for ever.
      const isFree = hosts > 1 || late > keptMsMax;
      expect("small" in where || !isFree).toBe(true);
    }),
    { seed, numRuns: 300 },
  );
});

function usedOn(
  name: string,
  held: readonly { readonly request: PlacementRequest; readonly node: string }[],
): ReadonlyMap<string, Amounts> {
  const used = new Map<string, Amounts>();
  for (const { request, node } of held) {
    if (node !== name) continue;
    used.set(request.project, plus(used.get(request.project) ?? nothing, request.size));
  }
  return used;
}

function nodeOf(name: string, capacity: PlacementNode["capacity"], machines = 0): PlacementNode {
  const used = new Map(machines === 0 ? [] : [["z", { ...nothing, machines }]]);
  return { name, state: "ready", labels: {}, slots: ["one"], capacity, used };
}

function requestOf(id: string, priority = 5): PlacementRequest {
  const size = { ...nothing, machines: 1 };
  return { id, project: "p", slot: "one", size, labels: {}, priority, since: 0 };
}

function round(
  all: readonly PlacementNode[],
  asked: readonly PlacementRequest[],
  strategy: PlacementStrategy,
  now = 0,
): ReturnType<typeof placeAll> {
  return placeAll({ nodes: all, requests: asked, now, options: { strategy } });
}

function whereOf(
  all: readonly PlacementNode[],
  asked: readonly PlacementRequest[],
  strategy: PlacementStrategy,
  now = 0,
): Record<string, string> {
  const { placed } = round(all, asked, strategy, now);
  return Object.fromEntries(placed.map(({ request, node }) => [request.id, node]));
}
