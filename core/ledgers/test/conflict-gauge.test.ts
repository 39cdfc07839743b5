import { expect, test } from "vitest";
import { ConflictGauge } from "../src/schedule/conflict-gauge.ts";

/** Conflicts while `count` transactions settle, where each that was executed ahead conflicts with that chance. */
function conflictsOf(count: number, chance: number): number {
  const gauge = new ConflictGauge();
  let conflicts = 0;
  let random = 1;
  for (let n = 0; n < count; n++) {
    random = (random * 48_271) % 2_147_483_647;
    if (gauge.isAhead && random / 2_147_483_647 < chance) {
      gauge.conflicted();
      conflicts++;
    }
    gauge.settled();
  }
  return conflicts;
}

test("a chain is given up quickly, and tried again ever more rarely", () => {
  expect(conflictsOf(200, 1)).toBeLessThan(16);
  expect(conflictsOf(2_000, 1)).toBeLessThan(24);
});

test("few conflicts do not end executing ahead", () => {
  const gauge = new ConflictGauge();
  for (let n = 0; n < 1_000; n++) {
    if (n % 10 === 0) gauge.conflicted();
    gauge.settled();
    expect(gauge.isAhead).toBe(true);
  }
});
