import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  breakingChanges,
  contractNames,
  contractVersion,
  type SurfaceDocument,
  surfaceDigest,
  surfaceDocument,
} from "../../src/index.ts";

interface Recorded {
  readonly version: string;
  readonly contracts: Readonly<
    Record<string, { readonly digest: string; readonly document: SurfaceDocument }>
  >;
}

const folder = join(import.meta.dirname, "../../surface");
const recorded: readonly Recorded[] = readdirSync(folder)
  .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Recorded)
  .toSorted((a, b) => minorOf(a) - minorOf(b));

function minorOf({ version }: Recorded): number {
  return Number(version.split(".")[1]);
}

const present = `${contractVersion.major}.${contractVersion.minor}`;

test.for(contractNames)("the surface of %s is the one recorded for its version", (name) => {
  const found = recorded.find((each) => each.version === present);
  expect(
    found?.contracts[name]?.digest,
    "raise contractVersion, or node tools/record-surface.ts",
  ).toBe(surfaceDigest(name));
});

test.for(contractNames)("each minor of %s only adds to the one before", (name) => {
  const history = recorded
    .filter((each) => each.version.startsWith(`${contractVersion.major}.`))
    .map((each) => each.contracts[name]?.document)
    .filter((each) => each !== undefined);
  for (const [i, newer] of [...history, surfaceDocument(name)].entries()) {
    const older = history[i - 1];
    if (older !== undefined) expect(breakingChanges(older, newer)).toEqual([]);
  }
});

/** A copy of a surface with one thing changed. */
function changed(change: (document: Draft) => void): SurfaceDocument {
  const draft = structuredClone(surfaceDocument("facet/invoke")) as unknown as Draft;
  change(draft);
  return draft as unknown as SurfaceDocument;
}

interface Draft {
  operations: Record<string, { kind: string; request: DraftSchema; isKeyed?: boolean }>;
  phases: Record<string, string[]>;
  faults: Record<string, object>;
}

interface DraftSchema {
  properties: Record<string, object>;
  required: string[];
}

const base = surfaceDocument("facet/invoke");
const run = (draft: Draft) => draft.operations["Run"] as Draft["operations"][string];

test("an added operation, phase or optional member is no break", () => {
  const next = changed((draft) => {
    draft.operations["RunMany"] = run(draft);
    draft.phases["invoke"]?.push("paused");
    run(draft).request.properties["priority"] = { type: "integer" };
  });
  expect(breakingChanges(base, next)).toEqual([]);
});

test.for<readonly [string, (draft: Draft) => void, string]>([
  ["a lost operation", (draft) => delete draft.operations["Run"], "operations/Run: was taken away"],
  ["another kind", (draft) => (run(draft).kind = "stream"), "operations/Run: kind was changed"],
  [
    "a key that is needed now",
    (draft) => (run(draft).isKeyed = true),
    "operations/Run: isKeyed was changed",
  ],
  [
    "a lost member",
    (draft) => delete run(draft).request.properties["run"],
    "operations/Run/request/properties/run: was taken away",
  ],
  [
    "a narrower member",
    (draft) => (run(draft).request.properties["run"] = { type: "string", maxLength: 3 }),
    "operations/Run/request/properties/run/maxLength: was changed",
  ],
  [
    "a new required member",
    (draft) => run(draft).request.required.push("priority"),
    "operations/Run/request/required: priority is required now",
  ],
  [
    "a lost phase",
    (draft) => (draft.phases["invoke"] = []),
    "phases/invoke: running was taken away",
  ],
])("%s is a break", ([, change, issue]) => {
  expect(breakingChanges(base, changed(change))).toEqual([issue]);
});
