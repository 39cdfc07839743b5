import { VirtualClock } from "@bedplate/clock";
import { expect, test } from "vitest";
import { commitLater, recordAfterMs } from "../src/commit-later.ts";

test("work that is over before the time makes no commit", async () => {
  const clock = new VirtualClock();
  let commits = 0;
  await using later = commitLater(clock, async () => ++commits);
  await clock.advance(recordAfterMs - 1);
  expect(await later.settle()).toBeUndefined();
  await clock.advance(recordAfterMs);
  expect(commits).toBe(0);
});

test("work that takes its time makes one, and settle() answers what came of it", async () => {
  const clock = new VirtualClock();
  let commits = 0;
  await using later = commitLater(clock, async () => ++commits);
  await clock.advance(recordAfterMs);
  expect(await later.settle()).toBe(1);
  expect(await later.settle()).toBe(1);
});

test("settle() rejects as the commit did, and dispose does not", async () => {
  const clock = new VirtualClock();
  const later = commitLater(clock, () => Promise.reject(new Error("lost")));
  await clock.advance(recordAfterMs);
  await expect(later.settle()).rejects.toThrow("lost");
  await later[Symbol.asyncDispose]();
});
