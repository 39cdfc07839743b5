import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DesiredRoutes,
  type GenerationCondition,
  matchKey,
  type RouteSpec,
  type TableRoute,
} from "../src/index.ts";

const names = ["a", "b", "c", "d"] as const;
const hosts = ["x.test", "y.test"] as const;

function specOf(name: string, host: string, timeoutMs = 1): RouteSpec {
  const backends = [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 9 }] }];
  return { name, match: { host, pathPrefix: "/" }, backends, timeoutMs };
}

const action = fc.oneof(
  fc.record({
    kind: fc.constant("apply" as const),
    name: fc.constantFrom(...names),
    host: fc.constantFrom(...hosts),
    timeoutMs: fc.integer({ min: 1, max: 3 }),
    condition: fc.constantFrom("any", "absent", "now", "old"),
  }),
  fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant("reopen" as const) }),
);

/** Wanted routes with a data plane that only remembers what it was told. */
async function open(journalPath: string) {
  const served = new Map<string, TableRoute>();
  const desired = await DesiredRoutes.open({
    routesMax: 3,
    journalPath,
    onChange: (changes) => {
      for (const { ends } of changes) {
        if (ends !== undefined) served.delete(matchKey(ends.spec.match));
      }
      for (const { begins } of changes) {
        if (begins !== undefined) served.set(matchKey(begins.spec.match), begins);
      }
    },
  });
  return { desired, served };
}

test("random changes and restarts equal a map; of equal matches the older one serves", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      using folder = openScratchFolder();
      const path = join(folder.path, "routes.jsonl");
      const model = new Map<string, { spec: RouteSpec; generation: number; age: number }>();
      let highest = 0;
      let { desired, served } = await open(path);
      for (const each of actions) {
        if (each.kind === "reopen") {
          await desired[Symbol.asyncDispose]();
          ({ desired, served } = await open(path));
        } else if (each.kind === "remove") {
          const answer = await desired.remove(each.name, "any");
          expect(answer.kind).toBe(model.delete(each.name) ? "removed" : "absent");
          if (answer.kind === "removed") highest++;
        } else {
          const spec = specOf(each.name, each.host, each.timeoutMs);
          const before = model.get(each.name);
          const generation = before?.generation ?? null;
          const conditions = {
            now: generation ?? "absent",
            old: 1_000,
            any: "any",
            absent: "absent",
          };
          const condition = conditions[
            each.condition as keyof typeof conditions
          ] as GenerationCondition;
          const answer = await desired.apply(spec, condition);
          const holds = condition === "any" || condition === (generation ?? "absent");
          if (!holds) expect(answer).toEqual({ kind: "generation", actual: generation });
          else if (before === undefined && model.size === 3) expect(answer.kind).toBe("full");
          else {
            const isSame = JSON.stringify(before?.spec) === JSON.stringify(spec);
            if (!isSame) highest++;
            const keepsAge = before?.spec.match.host === spec.match.host;
            const now = isSame && before ? before : { spec, generation: highest, age: 0 };
            if (!isSame) now.age = keepsAge && before ? before.age : highest;
            model.set(each.name, now);
            expect(answer).toMatchObject({
              kind: "applied",
              route: { spec, generation: now.generation },
            });
          }
        }
        await expectEqual(desired, served, model);
      }
      await desired[Symbol.asyncDispose]();
    }),
    { numRuns: 60 },
  );
});

test("a line that a crash cut off is dropped, and the next one is whole", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "routes.jsonl");
  const first = await open(path);
  await first.desired.apply(specOf("a", "x.test"), "any");
  await first.desired[Symbol.asyncDispose]();
  await appendFile(path, '{"put":{"spec":{"name":"b"');
  const second = await open(path);
  expect(await second.desired.get("b")).toBeNull();
  await second.desired.apply(specOf("c", "y.test"), "any");
  await second.desired[Symbol.asyncDispose]();
  const third = await open(path);
  const listed = await third.desired.list({ after: null, limit: 9 });
  expect(listed.map(({ spec }) => spec.name)).toEqual(["a", "c"]);
  await third.desired[Symbol.asyncDispose]();
});

test("a journal that is damaged in the middle is refused", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "routes.jsonl");
  await writeFile(path, '{"put":\n{"delete":"a","generation":1}\n');
  await expect(open(path)).rejects.toMatchObject({ code: "data.corrupt" });
});

test("a journal of dead lines is written anew, and generations go on", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "routes.jsonl");
  const dead = Array.from({ length: 1_500 }, (_, i) => `{"delete":"gone","generation":${i + 1}}\n`);
  await writeFile(path, dead.join(""));
  const { desired } = await open(path);
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(2);
  const answer = await desired.apply(specOf("a", "x.test"), "any");
  expect(answer).toMatchObject({ route: { generation: 1_501 } });
  await desired[Symbol.asyncDispose]();
  const again = await open(path);
  expect(await again.desired.get("a")).not.toBeNull();
  await again.desired[Symbol.asyncDispose]();
});

async function expectEqual(
  desired: DesiredRoutes,
  served: ReadonlyMap<string, TableRoute>,
  model: ReadonlyMap<string, { spec: RouteSpec; generation: number; age: number }>,
) {
  for (const host of hosts) {
    const claims = [...model.values()].filter(({ spec }) => spec.match.host === host);
    const winner = claims.sort((x, y) => x.age - y.age)[0];
    const serving = served.get(matchKey({ host, pathPrefix: "/" }));
    expect(serving?.spec).toEqual(winner?.spec);
    expect(serving?.generation).toBe(winner?.generation);
    for (const { spec, generation } of claims) {
      const conflictsWith = spec.name === winner?.spec.name ? null : winner?.spec.name;
      expect(await desired.get(spec.name)).toEqual({ spec, generation, conflictsWith });
    }
  }
  const listed = await desired.list({ after: null, limit: 9 });
  expect(listed.map(({ spec }) => spec.name)).toEqual([...model.keys()].sort());
}
