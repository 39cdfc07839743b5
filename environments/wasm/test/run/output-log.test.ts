import { eventBounds } from "@bedplate/environment";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventBytesMax, OutputLog } from "../../src/run/output-log.ts";

const writes = fc.array(
  fc.record({ topic: fc.constantFrom("stdout", "stderr"), size: fc.nat({ max: 20_000 }) }),
);

test("what is written comes out in order, cut at 8 KiB and at changes of topic only", () => {
  fc.assert(
    fc.property(writes, (list) => {
      const told: string[] = [];
      const log = new OutputLog({ bytesMax: 10 ** 9, onEvent: ({ topic }) => told.push(topic) });
      let byte = 0;
      const expected: Record<string, number[]> = { stdout: [], stderr: [] };
      for (const { topic, size } of list) {
        const data = Uint8Array.from({ length: size }, () => byte++ % 251);
        expected[topic]?.push(...data);
        expect(log.write(topic, data)).toBe(true);
      }
      log.flush();
      for (const topic of ["stdout", "stderr"]) {
        const parts = log.events.filter((each) => each.topic === topic);
        expect(parts.flatMap(({ data }) => [...data])).toEqual(expected[topic]);
      }
      for (const [at, { topic, data }] of log.events.entries()) {
        expect(data.length).toBeLessThanOrEqual(eventBytesMax);
        const isSameNext = log.events[at + 1]?.topic === topic;
        if (isSameNext) expect(data.length).toBe(eventBytesMax);
      }
      expect(told).toEqual(log.events.map(({ topic }) => topic));
    }),
    { numRuns: 50 },
  );
});

test("a write over the limit is left out whole, and the limit itself passes", () => {
  const log = new OutputLog({ bytesMax: 10 });
  expect(log.write("stdout", new Uint8Array(6))).toBe(true);
  expect(log.write("stdout", new Uint8Array(5))).toBe(false);
  expect(log.setResultBytes(4)).toBe(true);
  expect(log.event("topic", new Uint8Array(1))).toBe(false);
  expect(log.bytes).toBe(10);
});

test("a second attempt tells only what the first one had not told", () => {
  const told: number[] = [];
  const log = new OutputLog({
    bytesMax: 100,
    toldBefore: 2,
    onEvent: ({ data }) => told.push(data[0] ?? 0),
  });
  for (const value of [1, 2, 3]) log.event("topic", new Uint8Array([value]));
  expect(told).toEqual([3]);
  expect(log.events).toHaveLength(3);
});

test("the bound on events is exact, and a write that would begin too many is left out whole", () => {
  const { eventsMax } = eventBounds;
  const log = new OutputLog({ bytesMax: 10 ** 9 });
  for (let count = 1; count < eventsMax; count++) {
    expect(log.write(count % 2 === 0 ? "stdout" : "stderr", new Uint8Array(1))).toBe(true);
  }
  const last = eventsMax % 2 === 0 ? "stdout" : "stderr";
  expect(log.write(last, new Uint8Array(2 * eventBytesMax))).toBe(false);
  expect(log.write(last, new Uint8Array(eventBytesMax - 1))).toBe(true);
  expect(log.write(last, new Uint8Array(1))).toBe(true);
  expect(log.write(last, new Uint8Array(1))).toBe(false);
  expect(log.event("topic", new Uint8Array())).toBe(false);
  log.flush();
  expect(log.events).toHaveLength(eventsMax);
});
