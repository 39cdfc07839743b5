import {
  isConformant,
  mutants,
  runConformance,
  runMutants,
} from "@bedplate/environment/conformance";
import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { expect, test } from "vitest";
import { fakeMachinePlugin } from "../src/index.ts";
import { subject } from "../src/machine-conformance.ts";

describeConformance("fake machines", subject);

test("the suite notices every mutant of a machine", async () => {
  const { killed, total, results } = await runMutants(subject);
  const survivors = results.filter(({ caughtBy }) => caughtBy.length === 0);
  expect(survivors).toEqual([]);
  expect(killed).toBe(total);
  expect(total).toBeGreaterThanOrEqual(100);
  // A mutant is noticed by the law that it breaks, not by accident.
  const strayed = results.filter(({ id, caughtBy: [first = ""] }) => {
    return !mutants.find((each) => each.id === id)?.caughtBy.includes(first);
  });
  expect(strayed).toEqual([]);
}, 240_000);

test("every law of machines has a mutant that breaks it", () => {
  const aimed = new Set(mutants.flatMap(({ caughtBy }) => caughtBy));
  const groups = ["EX", "FI", "SV", "EG", "PA", "RS", "SN", "VO"];
  const counts = { EX: 19, FI: 13, SV: 6, EG: 7, PA: 5, RS: 4, SN: 17, VO: 8 };
  for (const group of groups) {
    const ids = [...aimed].filter((id) => id.startsWith(`${group}-`));
    expect(ids, group).toHaveLength(counts[group as keyof typeof counts]);
  }
});

test("machines whose snapshots are for one clone keep that law, and its mutant is noticed", async () => {
  const single = { ...subject, plugin: fakeMachinePlugin({ clones: "single" }) as never };
  const report = await runConformance(single, { only: ["SN-09", "SN-10"] });
  expect(report.results.map(({ verdict, detail }) => detail ?? verdict)).toEqual([
    "not declared: snapshot; files; snapshot.scopes: machine; snapshot.clones: many",
    "pass",
    "not declared: snapshot; files; snapshot.scopes: machine; snapshot.clones: many",
    "pass",
    "not declared: snapshot; files; snapshot.scopes: machine; snapshot.clones: many",
    "pass",
  ]);
  expect(isConformant(report)).toBe(true);
  const only = ["a snapshot for one clone is restored again"];
  expect((await runMutants(single, { only })).results[0]?.caughtBy).toEqual(["SN-10"]);
});
