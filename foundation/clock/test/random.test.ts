import { expect, test } from "vitest";
import { systemRandom } from "../src/index.ts";

test("systemRandom never hands out the same bytes twice, however few or many are asked for", () => {
  const seen = new Set<string>();
  const counts = Array.from({ length: 5_000 }, (_, index) => [9, 16, 32, 64, 65, 200][index % 6]);
  for (const count of counts) {
    const bytes = systemRandom.bytes(count ?? 0);
    expect(bytes).toHaveLength(count ?? 0);
    seen.add(Buffer.from(bytes.subarray(0, 9)).toString("hex"));
    bytes.fill(1);
  }
  expect(seen.size).toBe(counts.length);
  expect(systemRandom.bytes(0)).toHaveLength(0);
});

test("systemRandom's bits are set half of the time", () => {
  let ones = 0;
  for (let i = 0; i < 10_000; i++) {
    for (const byte of systemRandom.bytes(16)) ones += byte.toString(2).replaceAll("0", "").length;
  }
  // 1,280,000 fair bits: 20 standard deviations are 11,314.
  expect(Math.abs(ones - 640_000)).toBeLessThan(11_314);
});
