import { expect, test } from "vitest";
import { untilAborted } from "../src/index.ts";

test("untilAborted() answers what the work answers", async () => {
  const { signal } = new AbortController();
  await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(untilAborted(Promise.resolve(1))).resolves.toBe(1);
  const failure = new Error("work");
  await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
});

test("untilAborted() rejects with the reason of the signal, before and while it waits", async () => {
  const reason = new Error("enough");
  const forever = new Promise(() => {});
  await expect(untilAborted(forever, AbortSignal.abort(reason))).rejects.toBe(reason);
  const stop = new AbortController();
  const waiting = untilAborted(forever, stop.signal);
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test("work that fails after the abort is nobody's unhandled rejection", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const reason = new Error("enough");
  await expect(untilAborted(promise, AbortSignal.abort(reason))).rejects.toBe(reason);
  reject(new Error("late"));
  await new Promise((resolve) => setImmediate(resolve));
});
