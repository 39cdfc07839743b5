import { digestValue } from "@bedplate/codec";
import type { InstanceSpec } from "@bedplate/environment";
import { expect, test } from "vitest";
import type { Seat } from "../src/cell-pool.ts";
import type { Place } from "../src/pooled-instance.ts";
import { kindOf, SparePlaces, sparesMax } from "../src/spare-places.ts";

function aSeat(instances: number): Seat {
  const held = Array.from({ length: instances }, (_, i) => [`${i}`, () => {}] as const);
  return { instances: new Map(held) } as unknown as Seat;
}

function aPlace(seat: Seat, id: string): Place {
  return { seat, driver: { handle: { id } } } as unknown as Place;
}

test("take() answers a spare of its kind once, and only in a cell with the least to do", () => {
  const spares = new SparePlaces();
  const [idle, busy, gone] = [aSeat(0), aSeat(1), aSeat(0)];
  for (const [id, seat] of Object.entries({ busy, gone })) spares.keep("a", aPlace(seat, id));
  expect(spares.take("a", [idle, busy])).toBeUndefined();
  spares.keep("a", aPlace(idle, "idle"));
  expect(spares.take("b", [idle, busy])).toBeUndefined();
  expect(spares.take("a", [idle, busy])?.driver.handle.id).toBe("idle");
  expect(spares.take("a", [idle, busy])).toBeUndefined();
  expect([spares.has("idle"), spares.has("busy")]).toEqual([false, true]);
});

test("keep() answers the oldest spare when there are too many", () => {
  const spares = new SparePlaces();
  const seat = aSeat(0);
  for (let i = 0; i < sparesMax; i++) {
    expect(spares.keep("a", aPlace(seat, `${i}`))).toBeUndefined();
  }
  expect(spares.keep("a", aPlace(seat, "last"))?.driver.handle.id).toBe("0");
  expect(spares.has("0")).toBe(false);
});

test("instances are of one kind only for one principal and one spec", () => {
  const spec: InstanceSpec = { artifact: digestValue("a"), config: {}, caps: {}, labels: {} };
  const kinds = [
    kindOf(spec, "project/a"),
    kindOf(spec, "project/b"),
    kindOf({ ...spec, config: { profile: "normal" } }, "project/a"),
    kindOf({ ...spec, caps: { fuel: 1 } }, "project/a"),
    kindOf({ ...spec, artifact: digestValue("b") }, "project/a"),
  ];
  expect(new Set(kinds).size).toBe(5);
  expect(kindOf({ ...spec }, "project/a")).toBe(kinds[0]);
});
