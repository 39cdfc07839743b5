// What the suite cannot ask of every driver: the folder itself.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { ClassicLevel } from "classic-level";
import { expect, test } from "vitest";
import { provider } from "../src/index.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };

async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "state-level-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("a second owner is refused while the first lives, and finds everything after", async () => {
  await using folder = await scratchFolder();
  const url = `level:${folder.path}/a%20b?historyCommitsMax=7`;
  const first = new StateStore(await provider.open(url, host));
  expect(first.limits.historyCommitsMax).toBe(7);
  await first.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
  await expect(provider.open(url, host)).rejects.toMatchObject({ code: "resource.busy" });
  await first.close();
  await using second = new StateStore(await provider.open(url, host));
  expect(await second.head()).toBe(1);
});

test("a folder of another program is refused and left alone", async () => {
  await using folder = await scratchFolder();
  const theirs = new ClassicLevel(folder.path);
  await theirs.put("theirs", "1");
  await theirs.close();
  const opening = provider.open(`level:${folder.path}`, host);
  await expect(opening).rejects.toMatchObject({ code: "contract.incompatible" });
  await theirs.open();
  expect(await theirs.keys().all()).toEqual(["theirs"]);
  await theirs.close();
});

test("answers whose time is over are deleted, also when their key is used again", async () => {
  await using folder = await scratchFolder();
  let nowMs = 1_000;
  const clock = { ...systemClock, now: () => nowMs };
  const url = `level:${folder.path}?idempotencyMs=10`;
  const state = new StateStore(await provider.open(url, { ...host, clock }));
  const commit = (idempotencyKey: string) =>
    state.commit({ ops: [{ put: "a", value: new Uint8Array(1) }], idempotencyKey });
  await commit("again");
  await commit("once");
  nowMs += 10;
  expect((await commit("again")).replayed).toBe(false);
  nowMs += 9;
  expect((await commit("again")).replayed).toBe(true);
  await state.close();
  expect(await keysWith(folder.path, "again")).toBe(2);
  expect(await keysWith(folder.path, "once")).toBe(0);
});

async function keysWith(path: string, text: string): Promise<number> {
  await using level = new ClassicLevel(path, { keyEncoding: "buffer" });
  const keys = await level.keys().all();
  return keys.filter((key) => key.includes(text)).length;
}
