// The contract's suite against this driver, and the broken drivers that the suite must notice.
import { killerOf } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { durableStateMutants, stateConformance, stateMutants } from "@bedplate/state/conformance";
import { expect, test } from "vitest";
import { open } from "./level-subject.ts";

const noTtl = ["SS51", "SS52", "SS53", "SS54"];
const noSnapshotReads = ["SS13", "SS40"];
const undeclared = [...noTtl, ...noSnapshotReads];
const blocked = {
  SS56: "LevelDB has no bound on its size; a full disk needs a file system of its own",
  SS68: "its engine is the process itself",
  SS69: "its engine is the process itself",
};

describeConformance({ name: "state-level", cases: stateConformance, open, undeclared, blocked });

const mutants = [...stateMutants, ...durableStateMutants];
const cannotRun = [...undeclared, ...Object.keys(blocked)];
const tried = mutants.filter(({ kills }) => !kills.every((id) => cannotRun.includes(id)));

test.for(tried)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 5_000 };
  expect(kills).toContain(await killerOf(kills, stateConformance, options));
});

test("the mutants that no case of this driver can meet are known", () => {
  const untried = mutants.filter((each) => !tried.includes(each)).map(({ name }) => name);
  expect(untried).toEqual([
    "a time to live is not looked at",
    "a time to live is a millisecond too long",
    "a put without a time to live keeps the old one",
    "reads of the past are of now",
    "what is forgotten of the past is made up",
    "an end looks like a delete",
    "a full disk is not told",
  ]);
});
