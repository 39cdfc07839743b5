import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openMemoryState } from "@bedplate/state-memory";
import { expect, test } from "vitest";
import { DocumentTable, StateStore } from "../src/index.ts";

interface Note {
  readonly text: string;
  readonly stars: number;
}

const noteSchema: Schema<Note> = defineSchema(
  Type.Object(
    { text: Type.String(), stars: Type.Number({ default: 0 }) },
    { additionalProperties: false },
  ),
);
const notes = new DocumentTable({ name: "notes", schema: noteSchema });

test("documents are written with others in one commit, and read back with their version", async () => {
  await using store = new StateStore(await openMemoryState());
  const note = { text: "naïve", stars: 1.5 };
  const { versions } = await store.commit({
    checks: [notes.absent("1")],
    ops: [notes.put("1", note), { put: "other", value: new Uint8Array(1) }],
  });
  const stored = await notes.get(store, "1");
  expect(stored).toEqual({ id: "1", document: note, version: versions[0], revision: 1 });
  expect(await notes.get(store, "2")).toBeNull();
});

test("at() holds for the document that was read and no later one", async () => {
  await using store = new StateStore(await openMemoryState());
  await store.commit({ ops: [notes.put("1", { text: "a", stars: 0 })] });
  const read = await notes.get(store, "1");
  if (read === null) throw new Error("it was written");
  await store.commit({ checks: [notes.at(read)], ops: [notes.put("1", { text: "b", stars: 0 })] });
  const again = store.commit({ checks: [notes.at(read)], ops: [notes.delete("1")] });
  await expect(again).rejects.toMatchObject({ code: "version.mismatch" });
});

test("a listing pages through one table and not its neighbours", async () => {
  await using store = new StateStore(await openMemoryState());
  const other = new DocumentTable({ name: "notes2", schema: noteSchema });
  const document = { text: "", stars: 0 };
  const ops = ["a", "b", "c"].flatMap((id) => [notes.put(id, document), other.put(id, document)]);
  await store.commit({ ops });
  const first = await notes.list(store, { limit: 2 });
  expect(first.documents.map(({ id }) => id)).toEqual(["a", "b"]);
  const rest = await notes.list(store, { limit: 2, cursor: first.next });
  expect(rest.documents.map(({ id }) => id)).toEqual(["c"]);
  expect((await notes.list(store, { prefix: "b" })).documents).toHaveLength(1);
});

test("what does not fit the schema is not written, and defaults fill what older documents lack", async () => {
  await using store = new StateStore(await openMemoryState());
  const wrong = { text: 1 } as unknown as Note;
  expect(() => notes.put("1", wrong)).toThrow(
    expect.objectContaining({ code: "argument.invalid" }),
  );
  const old = new TextEncoder().encode('{"text":"old"}');
  await store.commit({ ops: [{ put: notes.key("1"), value: old }] });
  expect((await notes.get(store, "1"))?.document).toEqual({ text: "old", stars: 0 });
});

test("bytes that are no document are reported as corrupt", async () => {
  await using store = new StateStore(await openMemoryState());
  for (const text of ["{", '{"text":1}', '{"text":"","stars":0,"more":1}']) {
    const value = new TextEncoder().encode(text);
    await store.commit({ ops: [{ put: notes.key("1"), value }] });
    await expect(notes.get(store, "1")).rejects.toMatchObject({ code: "data.corrupt" });
  }
});

test("the CBOR form holds bytes and big integers", async () => {
  interface Meter {
    readonly gas: bigint;
    readonly seed: Uint8Array;
  }
  const schema: Schema<Meter> = {
    jsonSchema: {},
    accepts: (value): value is Meter => typeof (value as Meter).gas === "bigint",
    parse: (value) => value as Meter,
  };
  const meters = new DocumentTable({ name: "meters", schema, form: "cbor" });
  await using store = new StateStore(await openMemoryState());
  const meter = { gas: 2n ** 63n, seed: new Uint8Array([0, 255]) };
  await store.commit({ ops: [meters.put("1", meter)] });
  expect((await meters.get(store, "1"))?.document).toEqual(meter);
});
