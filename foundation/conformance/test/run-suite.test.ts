import { expect, test } from "vitest";
import { isConformant, type OpenSubject, runSuite, type Suite, scoreLine } from "../src/index.ts";

interface Adder {
  add(a: number, b: number): number;
}

interface Kit {
  readonly crash?: (() => void) | undefined;
}

const suite: Suite<Adder, Kit, Adder> = {
  cases: [
    {
      id: "A01",
      law: "adds",
      async run(adder) {
        if (adder.add(1, 2) !== 3) throw new Error("1 + 2 is not 3");
      },
    },
    { id: "A02", law: "survives", controls: ["crash"], run: async () => {} },
    { id: "A03", law: "divides", when: () => false, run: async () => {} },
  ],
  mutants: [
    { name: "adds one more", kills: ["A01"], breakDriver: () => ({ add: (a, b) => a + b + 1 }) },
    { name: "is honest", kills: ["A01"], breakDriver: (adder) => adder },
    { name: "divides by half", kills: ["A02", "A03"], breakDriver: (adder) => adder },
  ],
};

const honest: Adder = { add: (a, b) => a + b };
const open: OpenSubject<Adder, Kit, Adder> = async (wrap = (adder) => adder) => ({
  target: wrap(honest),
  kit: {},
  [Symbol.asyncDispose]: async () => {},
});

test("a report counts verdicts and names the mutants that survive", async () => {
  const seen: string[] = [];
  const report = await runSuite(suite, open, {
    onCase: ({ id, verdict }) => seen.push(`${id} ${verdict}`),
    onMutant: ({ name, fate, killer }) => seen.push(`${name}: ${fate} ${killer ?? ""}`),
  });
  expect(seen).toEqual([
    "A01 pass",
    "A02 blocked",
    "A03 undeclared",
    "adds one more: killed A01",
    "is honest: survived ",
    "divides by half: untried ",
  ]);
  expect(report).toMatchObject({ proved: 1, declared: 2, blocked: 1, cases: 3 });
  expect(report.survivors).toEqual(["is honest"]);
  expect(report.untried).toEqual(["divides by half"]);
  expect(isConformant(report)).toBe(false);
  expect(scoreLine(report)).toBe(
    "1 / 2 / 3 proved / declared / cases, 1 blocked, 1 of 3 mutants killed, 1 untried",
  );
});

test("a mutant that no case could meet is no reason against a driver", async () => {
  const [first, , untried] = suite.mutants;
  const mutants = [first, untried].flatMap((each) => each ?? []);
  expect(isConformant(await runSuite({ ...suite, mutants }, open))).toBe(true);
});

test("part of a suite runs without the mutants", async () => {
  const report = await runSuite(suite, open, { only: ["A01"] });
  expect(report).toMatchObject({ cases: 1, mutants: { killed: 0, total: 0 } });
  expect(isConformant(report)).toBe(true);
  const broken = () => open(() => ({ add: () => 0 }));
  expect(isConformant(await runSuite(suite, broken, { only: ["A"] }))).toBe(false);
});

test("an abort ends the run before the next case, with its reason", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const work = runSuite(suite, open, {
    signal: stop.signal,
    onCase: ({ id }) => {
      seen.push(id);
      stop.abort(new Error("enough"));
    },
  });
  await expect(work).rejects.toThrow("enough");
  expect(seen).toEqual(["A01"]);
});
