import {
  isConformant,
  mutants,
  runConformance,
  runMutants,
  scoreLine,
} from "@bedplate/environment/conformance";
import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { expect, test } from "vitest";
import { subject } from "../src/conformance.ts";

describeConformance("fake", subject);

test("the suite notices every mutant of the fake", async () => {
  const { killed, total, results } = await runMutants(subject);
  const survivors = results.filter(({ caughtBy }) => caughtBy.length === 0);
  expect(survivors).toEqual([]);
  expect(killed).toBe(total);
  expect(total).toBeGreaterThanOrEqual(40);
  // A mutant is noticed by the law that it breaks, not by accident.
  const strayed = results.filter(({ id, caughtBy: [first = ""] }) => {
    return !mutants.find((each) => each.id === id)?.caughtBy.includes(first);
  });
  expect(strayed).toEqual([]);
}, 180_000);

test("10 000 random walks keep to the phase table", async () => {
  const patient = { ...subject, repeats: 10_000 };
  const report = await runConformance(patient, {
    positions: ["in-process"],
    only: ["EE-43"],
    seed: "ten thousand walks",
  });
  expect(report.results.map(({ verdict, detail }) => detail ?? verdict)).toEqual(["pass"]);
}, 120_000);

test("a subject without a program, and without a reason, is blocked and not conformant", async () => {
  const { trap: _, ...programs } = subject.programs;
  const options = { positions: ["in-process"], only: ["IV-07"] } as const;
  const silent = await runConformance({ ...subject, programs }, options);
  expect(silent.results.map(({ verdict }) => verdict)).toEqual(["blocked"]);
  expect(isConformant(silent)).toBe(false);
  expect(scoreLine(silent)).toContain("0 / 1 / 1");

  const reasoned = { ...subject, programs, cannot: { trap: "nothing traps here" } };
  const excused = await runConformance(reasoned, options);
  expect(excused.results.map(({ verdict }) => verdict)).toEqual(["undeclared"]);
});

test("a behaviour that is disowned and then shown fails its twin", async () => {
  const { unsupported, ...programs } = subject.programs;
  const trap = programs.trap;
  if (trap === undefined || unsupported === undefined) throw new Error("the fake has both");
  const lying = { ...subject, programs: { ...programs, events: trap, trap: undefined } };
  const report = await runConformance(
    { ...lying, cannot: { trap: "so it says" } },
    { positions: ["in-process"], only: ["IV-07"] },
  );
  expect(report.results[0]?.verdict).toBe("fail");
});

test("a control that the harness lacks blocks its cases, and fails them where it was promised", async () => {
  const lacking = { ...subject, lacks: ["crash"] } as const;
  const options = { positions: ["in-process"], only: ["EE-22"] } as const;
  const blocked = await runConformance(lacking, options);
  expect(blocked.results[0]?.verdict).toBe("blocked");
  const promised = await runConformance(lacking, { ...options, promises: ["crash"] });
  expect(promised.results[0]?.verdict).toBe("fail");
});
