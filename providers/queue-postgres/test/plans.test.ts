import {
  indexedPlans,
  openPostgresPool,
  openScratchSchema,
  readPostgresUrl,
} from "@bedplate/postgres";
import { startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { openPostgresQueue } from "../src/index.ts";
import {
  acknowledgeJobs,
  addJobs,
  extendLeases,
  leaseJobs,
  releaseJobs,
} from "../src/job-statements.ts";
import { settings } from "../src/open-postgres-queue.ts";
import {
  endDelays,
  endLeases,
  expireJobs,
  forgetJobs,
  passTurns,
} from "../src/sweep-statements.ts";
import { host } from "./postgres-harness.ts";

const statements = [
  ...[addJobs, leaseJobs, extendLeases, acknowledgeJobs, releaseJobs],
  ...[endLeases, endDelays, expireJobs, passTurns, forgetJobs],
];

interface Plan {
  readonly "Node Type": string;
  readonly "Parent Relationship"?: string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly Plan[];
}

describeWithEngines("plans of queue-postgres", ["postgres"], () => {
  test("every statement finds rows by an index, and what it changes by its name", async () => {
    await using engine = await startPostgres();
    await using scratch = openScratchSchema(engine.url, { host, settings });
    await using _queue = await openPostgresQueue(scratch.url, host);
    const place = readPostgresUrl(scratch.url, settings);
    await using pool = await openPostgresPool(place, host, { session: indexedPlans });
    for (const { name, text } of statements) {
      const explain = { text: `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}` };
      const rows = await pool.read<Explained>(explain, [], { op: "test.explain" });
      const all = plansIn(rows[0]?.["QUERY PLAN"][0]?.Plan);
      const scans = all.filter((plan) => plan["Relation Name"] !== undefined);
      const types = scans.map((plan) => plan["Node Type"]);
      expect(types, name).not.toContain("Seq Scan");
      const changes = all.filter((plan) => plan["Node Type"] === "ModifyTable");
      const changed = changes.flatMap((plan) => plan.Plans?.filter(isOuter).flatMap(plansIn) ?? []);
      const found = changed.flatMap((plan) => plan["Index Name"] ?? []);
      expect(new Set(found), name).toEqual(new Set(name === "queue-add" ? [] : ["job_pkey"]));
    }
  });
});

interface Explained {
  readonly "QUERY PLAN": readonly { readonly Plan: Plan }[];
}

function isOuter(plan: Plan): boolean {
  return plan["Parent Relationship"] === "Outer";
}

function plansIn(plan: Plan | undefined): readonly Plan[] {
  if (plan === undefined) return [];
  return [plan, ...(plan.Plans ?? []).flatMap(plansIn)];
}
