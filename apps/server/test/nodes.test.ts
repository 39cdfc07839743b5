import { readHostFacts } from "@bedplate/environment-container";
import { openScratchFolder } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { describe, expect, test } from "vitest";
import { nodesScenario } from "./scenarios/nodes.ts";

const { missing } = await readHostFacts();
const name = "two agents on hosts of their own";

// The same at full size: `npm run prove -- nodes`.
describe(name, () => {
  if (missing.length > 0) return void listAsLeftOut(name, missing.join("; "));
  test("share machines, drain without a lost request, and what is lost is fenced", {
    timeout: 240_000,
  }, async () => {
    using scratch = openScratchFolder();
    const report = await nodesScenario({ folder: scratch.path, machines: 4, clients: 3 });
    expect(report).toMatchObject({ shared: { one: 2, two: 2 }, lost: [], changed: 0 });
    expect(report).toMatchObject({ orphans: 0, left: [] });
    expect(report.requests).toBeGreaterThan(20);
    expect(report.fenced).toBeGreaterThan(0);
    expect(report.failed + report.movedOn).toBeGreaterThan(0);
  });
});
