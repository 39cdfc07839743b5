import { expect, test } from "vitest";
import type { Frame } from "../../src/wire/frame.ts";
import { noticesTogetherMax, Outbox } from "../../src/wire/outbox.ts";

const notice = (body: number): Frame => ({ is: "notice", id: 1, body });

function openOutbox() {
  const posted: (Frame | readonly Frame[])[] = [];
  const clock = { ms: 5 };
  const outbox = new Outbox(
    (value) => posted.push(value),
    () => clock.ms,
  );
  return { posted, clock, outbox };
}

/** Puts `count` notices in one turn of the event loop. */
function putMany(outbox: Outbox, count: number): void {
  for (let body = 0; body < count; body++) outbox.put(notice(body));
}

test("the notices of a guest that then computes without an end are posted before it does", () => {
  const { posted, outbox } = openOutbox();
  outbox.put({ is: "answer", id: 1, body: null });
  putMany(outbox, 3);
  expect(posted.slice(1)).toEqual([notice(0), notice(1), notice(2)]);
});

test("notices beyond a burst travel in lists, in order", () => {
  const { posted, outbox } = openOutbox();
  putMany(outbox, 1_000);
  outbox.put({ is: "answer", id: 1, body: null });
  expect(posted.length).toBeLessThan(100);
  const bodies = posted.flat().map((frame) => "body" in frame && frame.body);
  expect(bodies).toEqual([...Array(1_000).keys(), null]);
  for (const each of posted) {
    if (Array.isArray(each)) expect(each.length).toBeLessThanOrEqual(noticesTogetherMax);
  }
});

test("time allows single notices again", () => {
  const { posted, clock, outbox } = openOutbox();
  putMany(outbox, 64);
  outbox.put(notice(64));
  expect(posted).toHaveLength(64);
  clock.ms += 2;
  outbox.put(notice(65));
  expect(posted.at(-1)).toEqual([notice(64), notice(65)]);
});

test("what waits is posted when the thread has nothing else to do", async () => {
  const { posted, outbox } = openOutbox();
  putMany(outbox, 66);
  expect(posted).toHaveLength(64);
  await new Promise((resolve) => setImmediate(resolve));
  expect(posted.at(-1)).toEqual([notice(64), notice(65)]);
});
