import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { expect, test } from "vitest";
import { cursorOf, EventFeed, type EventSource, type ProjectEvent } from "../src/index.ts";

const signal = new AbortController().signal;
const text = (entry: { readonly value: Uint8Array }) => Buffer.from(entry.value).toString();

async function openFeed(historyCommitsMax = 100_000) {
  const store = new StateStore(await openMemoryState({ limits: { historyCommitsMax } }));
  const source = (mark: string): EventSource => ({
    mark,
    state: store.in(mark),
    prefix: "thing/",
    read: (entry) => {
      const [project = "", subject = "", kind = "", at = "0"] = text(entry).split(" ");
      return kind === "none" ? undefined : { project, subject, kind, at: Number(at), detail: {} };
    },
  });
  const write = (mark: string, ...words: readonly string[]) =>
    store.in(mark).commit({
      ops: words.map((word) => {
        const [project = "", subject = ""] = word.split(" ");
        return { put: `thing/${project}/${subject}`, value: Buffer.from(word) };
      }),
    });
  return { feed: new EventFeed([source("a"), source("b")]), write, store };
}

const words = (events: readonly ProjectEvent[]) =>
  events.map(({ subject, kind, at }) => `${subject} ${kind} ${at}`);

test("events of several records come by their time, those of one subject in their order", async () => {
  const { feed, write } = await openFeed();
  await write("a", "p s1 run.queued 10");
  await write("a", "p s1 run.done 30");
  await write("b", "p m1 machine.created 20");
  await write("b", "other m2 machine.created 21");
  await write("b", "p m1 none 22");
  const page = await feed.read(await feed.oldest(), { project: "p", signal });
  expect(words(page.events)).toEqual([
    "s1 run.queued 10",
    "m1 machine.created 20",
    "s1 run.done 30",
  ]);
  expect(page).toMatchObject({ isAtEnd: true, position: { a: 2, b: 3 } });
  const again = await feed.read(page.position, { project: "p", signal });
  expect(again).toMatchObject({ events: [], isAtEnd: true });
});

test("whoever goes on at any cursor misses nothing and is told the same ids", async () => {
  const { feed, write } = await openFeed();
  for (let i = 0; i < 20; i++) {
    await write(i % 3 === 0 ? "a" : "b", `p x${i} run.done ${i}`, `p y${i} run.done ${i}`);
  }
  const all = await feed.read({}, { project: "p", signal });
  expect(all.events).toHaveLength(40);
  for (const [index, { cursor }] of all.events.entries()) {
    const rest = await feed.read(feed.positionOf(cursor), { project: "p", signal });
    const ids = new Set(rest.events.map(({ id }) => id));
    expect(all.events.slice(index + 1).every(({ id }) => ids.has(id))).toBe(true);
  }
  const seen: string[] = [];
  let position = await feed.oldest();
  for (;;) {
    const page = await feed.read(position, { project: "p", limit: 3, signal });
    seen.push(...page.events.map(({ id }) => id));
    position = page.position;
    if (page.isAtEnd) break;
  }
  expect(seen.toSorted()).toEqual(all.events.map(({ id }) => id).toSorted());
});

test("kinds, families of kinds and subjects leave out the rest", async () => {
  const { feed, write } = await openFeed();
  await write("a", "p s1 run.queued 1", "p s2 run.done 2");
  await write("b", "p m1 machine.running 3");
  const kindsOf = async (query: { kinds?: string[]; subject?: string }) =>
    (await feed.read({}, { ...query, project: "p", signal })).events.map(({ kind }) => kind);
  expect(await kindsOf({ kinds: ["run"] })).toEqual(["run.queued", "run.done"]);
  expect(await kindsOf({ kinds: ["run.done", "machine"] })).toEqual([
    "run.done",
    "machine.running",
  ]);
  expect(await kindsOf({ kinds: ["ru"] })).toEqual([]);
  expect(await kindsOf({ subject: "m1" })).toEqual(["machine.running"]);
});

test("what is forgotten is a fault, or told from the records as they are now", async () => {
  const { feed, write } = await openFeed(8);
  for (let i = 0; i < 40; i++) await write("a", `p s${i % 30} run.done ${i}`);
  const query = { project: "p", signal } as const;
  await expect(feed.read({ a: 0, b: 0 }, query)).rejects.toMatchObject({
    code: "watch.compacted",
  });
  const told = new Set<string>();
  let position = feed.positionOf(cursorOf({ a: 1, b: 0 }));
  for (let isAtEnd = false; !isAtEnd; ) {
    const page = await feed.read(position, { ...query, limit: 7, isComplete: true });
    for (const { subject } of page.events) told.add(subject);
    ({ position, isAtEnd } = page);
  }
  expect(told.size).toBe(30);
  const oldest = await feed.read(await feed.oldest(), query);
  expect(oldest.events.at(-1)).toMatchObject({ subject: "s9", at: 39 });
});

test("follow() tells what happens, and ends with its signal", async () => {
  const { feed, write } = await openFeed();
  await write("a", "p before run.done 1");
  const stop = new AbortController();
  const seen: string[] = [];
  const from = await feed.head();
  const following = (async () => {
    for await (const event of feed.follow(from, { project: "p", signal: stop.signal })) {
      seen.push(event.subject);
      if (seen.length === 2) stop.abort();
    }
  })();
  await write("b", "other x run.done 2");
  await write("b", "p one run.done 2");
  await write("a", "p two run.done 3");
  await following;
  expect(seen).toEqual(["one", "two"]);
});

test("an event has the same id, whoever asks and wherever it is read", async () => {
  const { feed, write } = await openFeed(8);
  const asked = async (query: { project?: string; isComplete?: boolean }) => {
    const { events } = await feed.read({ a: 1, b: 0 }, { ...query, signal });
    return events.filter(({ subject }) => subject === "mine").map(({ id }) => id);
  };
  await write("a", "p begins run.done 0");
  await write("a", "a theirs run.done 1", "p mine run.done 1", "z theirs run.done 1");
  const [id] = await asked({});
  expect(id).toMatch(/_0001$/);
  expect(await asked({ project: "p" })).toEqual([id]);
  for (let i = 0; i < 40; i++) await write("a", `p later run.done ${i}`);
  await expect(asked({ project: "p" })).rejects.toMatchObject({ code: "watch.compacted" });
  expect(await asked({ project: "p", isComplete: true })).toEqual([id]);
});

test("a page of a quiet project holds an event, however much others do", {
  timeout: 60_000,
}, async () => {
  const { feed, write } = await openFeed();
  for (let i = 0; i < 12_000; i++) await write("a", `other x run.done ${i}`);
  await write("a", "p mine run.done 1");
  const page = await feed.read({}, { project: "p", signal });
  expect([page.events.map(({ subject }) => subject), page.isAtEnd]).toEqual([["mine"], true]);
});

test("one look at all records serves many pages", async () => {
  const { write, store } = await openFeed(8);
  for (let i = 0; i < 60; i++) await write("a", `p s${i} run.done ${i}`);
  const source = store.in("a");
  let looks = 0;
  const counted: EventSource = {
    mark: "a",
    prefix: "thing/",
    state: source,
    read: (entry) => ({ project: "p", subject: text(entry), kind: "run.done", at: 1, detail: {} }),
  };
  const listAll = source.listAll.bind(source);
  source.listAll = (...range) => {
    looks += 1;
    return listAll(...range);
  };
  const own = new EventFeed([counted], { epochOf: async () => "0a1b" });
  const told: string[] = [];
  let position = own.positionOf("a1");
  for (let isAtEnd = false; !isAtEnd; ) {
    const page = await own.read(position, { limit: 7, isComplete: true, signal });
    told.push(...page.events.map(({ id }) => id));
    ({ position, isAtEnd } = page);
  }
  expect(told.every((id) => id.endsWith("_0000_0a1b"))).toBe(true);
  expect([new Set(told).size, told.length, looks]).toEqual([59, 59, 1]);
});

test("a cursor of another form, or of another feed, is refused", async () => {
  const { feed } = await openFeed();
  for (const odd of ["", "a", "a1-a2", "z1", "a-1", "a1;b2", "a1000000000000000000"]) {
    expect(() => feed.positionOf(odd)).toThrow(/cursor/);
  }
  const ahead = feed.read(feed.positionOf("a99-b0"), { project: "p", signal });
  await expect(ahead).rejects.toMatchObject({ code: "watch.compacted" });
});
