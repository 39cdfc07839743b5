import { readHostFacts } from "@bedplate/environment-container";
import { openScratchFolder } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { describe, expect, test } from "vitest";
import { machinesScenario } from "./scenarios/machines.ts";

const { missing } = await readHostFacts();
const name = "machines of a server that is killed";

// The same at full size: `npm run prove -- machines`.
describe(name, () => {
  if (missing.length > 0) return void listAsLeftOut(name, missing.join("; "));
  test.each(["server", "agent"] as const)(
    "go on, their streams are taken up again, and nothing is left (%s)",
    { timeout: 120_000 },
    async (topology) => {
      using scratch = openScratchFolder();
      const options = { folder: scratch.path, machines: 3, kills: 3, streams: 2, topology };
      const report = await machinesScenario(options);
      expect(report).toMatchObject({ lost: 0, broken: [], left: [] });
      expect(report.churned).toBeGreaterThan(0);
    },
  );
});
