import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BlobStore } from "@bedplate/blob";
import { systemClock, systemRandom } from "@bedplate/clock";
import { EventFeed } from "@bedplate/events";
import { StateStore } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { eventSources } from "../src/events/event-sources.ts";
import { historyEpochOf } from "../src/events/history-epoch.ts";
import { openEvents } from "../src/events/open-events.ts";
import {
  checkConfig,
  copyProviders,
  findProvider,
  openServer,
  providerUrls,
} from "../src/index.ts";
import { ownNamespaces, stateNamespaces } from "../src/providers/state-namespaces.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const bytes = (text: string) => new TextEncoder().encode(text);

/** The URLs of the embedded providers in a folder. */
function sideOf(folder: string) {
  return providerUrls(checkConfig({ data: `file:${folder}` }));
}

async function openSide(folder: string) {
  const urls = sideOf(folder);
  const state = new StateStore(
    await (await findProvider("state", urls.state)).open(urls.state, host),
  );
  const blobs = new BlobStore(await (await findProvider("blob", urls.blob)).open(urls.blob, host));
  return {
    state,
    blobs,
    [Symbol.asyncDispose]: async () => {
      await state.close();
      await blobs.close();
    },
  };
}

function copy(from: string, to: string, more: { readonly isOverwriting?: boolean } = {}) {
  const signal = AbortSignal.timeout(60_000);
  return copyProviders(sideOf(from), sideOf(to), { signal, onProgress: () => {}, ...more });
}

test("a copy brings every key and blob, and a repeat only what changed since", async () => {
  using scratch = openScratchFolder();
  const [from, to] = [join(scratch.path, "from"), join(scratch.path, "to")];
  const server = await openServer(checkConfig({ data: `file:${from}` }), {
    slots: [],
    log: silentLog,
    isEmbedded: true,
  });
  await server[Symbol.asyncDispose]();
  {
    await using side = await openSide(from);
    const runs = side.state.in("runs");
    const ops = Array.from({ length: 450 }, (_, at) => ({
      put: `run/p/${String(at).padStart(4, "0")}`,
      value: bytes(`${at}`),
    }));
    await runs.commit({ ops });
    await side.blobs.put("named/x", bytes("x"), {
      metadata: { a: "1" },
      contentType: "text/plain",
    });
    await side.blobs.putContent(bytes("content"));
  }
  await openServer(checkConfig({ data: `file:${to}` }), { slots: [], log: silentLog }).then(
    (other) => other[Symbol.asyncDispose](),
  );
  await expect(copy(from, to)).rejects.toMatchObject({ code: "resource.exists" });
  const first = await copy(from, to, { isOverwriting: true });
  expect(first.state.changed).toBeGreaterThanOrEqual(450);
  expect(first.blobs).toMatchObject({ items: 2, changed: 2 });
  {
    await using side = await openSide(from);
    await side.state.in("runs").commit({
      ops: [{ delete: "run/p/0001" }, { put: "run/p/0002", value: bytes("new") }],
    });
  }
  const second = await copy(from, to);
  expect(second.state.changed).toBe(2);
  expect(second.blobs).toMatchObject({ items: 2, changed: 0 });
  await using copied = await openSide(to);
  expect(await copied.state.in("runs").get("run/p/0001")).toBeNull();
  expect(await copied.blobs.stat("named/x")).toMatchObject({
    metadata: { a: "1" },
    contentType: "text/plain",
  });
});

test("webhooks and machines go along, and are told of what happens after the copy, under other ids", {
  timeout: 60_000,
}, async () => {
  using scratch = openScratchFolder();
  const [from, to] = [join(scratch.path, "from"), join(scratch.path, "to")];
  const project = "default";
  const key = await (async () => {
    mkdirSync(from);
    mkdirSync(to);
    await using side = await openSide(from);
    await side.state.in("machines").commit({ ops: [{ put: "machine/p/m", value: bytes("{}") }] });
    // More commits than the copy makes.
    for (let i = 0; i < 20; i++) {
      await side.state.in("runs").commit({ ops: [{ put: "x", value: bytes(`${i}`) }] });
    }
    const parts = { ...host, state: side.state, random: systemRandom, replica: "r", place: "p" };
    await using events = openEvents({ reachesInside: true }, parts);
    const { webhook } = await events.webhooks.create({ project, url: "http://127.0.0.1:9/" });
    return `webhook/${project}/${webhook.id}`;
  })();
  await copy(from, to, { isOverwriting: true });
  await using side = await openSide(to);
  const feed = new EventFeed(eventSources(side.state));
  const store = side.state.in("webhooks");
  const found = await store.get(key);
  const { from: begins } = JSON.parse(Buffer.from(found?.value ?? bytes("{}")).toString());
  expect(begins).toEqual(await feed.head());
  expect(await side.state.in("machines").get("machine/p/m")).not.toBeNull();
  await using source = await openSide(from);
  expect(await historyEpochOf(side.state)).not.toBe(await historyEpochOf(source.state));
  expect(await historyEpochOf(side.state)).toBe(await historyEpochOf(side.state));
});

test("every place of the server's state is copied, or is known to be of one state alone", () => {
  const root = join(import.meta.dirname, "..", "src");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const sources = files.filter((each) => each.endsWith(".ts"));
  const names = sources.flatMap((each) => {
    const text = readFileSync(join(root, each), "utf8");
    return [...text.matchAll(/\.in\("([a-z0-9]+)"\)/g)].map(([, name = ""]) => name);
  });
  expect(new Set(names)).toEqual(new Set([...stateNamespaces, ...ownNamespaces]));
});

test("what somebody else changed in the target is not lost by a repeat", async () => {
  using scratch = openScratchFolder();
  const [from, to] = [join(scratch.path, "from"), join(scratch.path, "to")];
  for (const folder of [from, to]) {
    const server = await openServer(checkConfig({ data: `file:${folder}` }), {
      slots: [],
      log: silentLog,
      isEmbedded: true,
    });
    await server[Symbol.asyncDispose]();
  }
  await copy(from, to, { isOverwriting: true });
  {
    await using side = await openSide(to);
    await side.state.in("runs").commit({ ops: [{ put: "run/p/1", value: bytes("theirs") }] });
  }
  await expect(copy(from, to)).rejects.toMatchObject({ code: "resource.exists" });
  await using side = await openSide(to);
  expect(await side.state.in("runs").get("run/p/1")).not.toBeNull();
});

test("a server does not open a state that a copy left half done; a repeat ends it", async () => {
  using scratch = openScratchFolder();
  const [from, to] = [join(scratch.path, "from"), join(scratch.path, "to")];
  for (const folder of [from, to]) mkdirSync(folder);
  {
    await using side = await openSide(from);
    await side.state.in("runs").commit({ ops: [{ put: "run/p/1", value: bytes("1") }] });
  }
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error("stopped"));
  const work = copyProviders(sideOf(from), sideOf(to), {
    signal: stopped.signal,
    onProgress: ({ what }) => what === "comparing" && stop(),
  });
  await expect(work).rejects.toThrow("stopped");
  const opening = openServer(checkConfig({ data: `file:${to}` }), { slots: [], log: silentLog });
  await expect(opening).rejects.toMatchObject({ code: "phase.illegal" });
  await copy(from, to);
  const server = await openServer(checkConfig({ data: `file:${to}` }), {
    slots: [],
    log: silentLog,
  });
  await server[Symbol.asyncDispose]();
});
