import { expect, test } from "vitest";
import { openCursor, sealCursor } from "../src/index.ts";

const secret = new Uint8Array(32).fill(1);
const scope = { secret, listing: ["state.list", "default"] };

test("a sealed place opens in its own scope", () => {
  for (const place of ["key", new Uint8Array([0, 255]), ["a", 1]]) {
    expect(openCursor(sealCursor(place, scope), scope)).toEqual(place);
  }
});

test("a place does not open under another secret, for another listing, or when it was changed", () => {
  const cursor = sealCursor("key", scope);
  expect(openCursor(cursor, { ...scope, secret: new Uint8Array(32) })).toBeUndefined();
  expect(openCursor(cursor, { ...scope, listing: ["state.list", "other"] })).toBeUndefined();
  for (let at = 0; at < cursor.length; at++) {
    const changed = cursor[at] === "A" ? "B" : "A";
    const forged = cursor.slice(0, at) + changed + cursor.slice(at + 1);
    expect(openCursor(forged, scope)).toBeUndefined();
  }
  for (const text of ["", "A", "not base64!", `${cursor}=`, cursor.slice(1)]) {
    expect(openCursor(text, scope)).toBeUndefined();
  }
});
