import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { VirtualClock } from "@bedplate/clock";
import { type Digest, digestBytes } from "@bedplate/codec";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { orphanGraceMs, sweepOnce } from "../src/providers/blob-sweep.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const digestOf = (text: string) => digestBytes(bytes(text));

async function openRig(...texts: readonly string[]) {
  const clock = new VirtualClock();
  const blobs = new BlobStore(await openMemoryBlob(), { clock });
  for (const text of texts) await blobs.putContent(bytes(text));
  const sweep = (...references: readonly (() => AsyncIterable<Digest>)[]) =>
    sweepOnce({ blobs, clock, log: silentLog, references }, new AbortController().signal);
  const left = async () => (await blobs.list()).blobs.map(({ key }) => key);
  return { clock, blobs, sweep, left };
}

async function* listOf(...texts: readonly string[]): AsyncGenerator<Digest, void, void> {
  for (const text of texts) yield digestOf(text);
}

test("content that no record of any domain names goes, once it is old", async () => {
  const { clock, sweep, left } = await openRig("of a run", "of a ledger", "orphan");
  const domains = [() => listOf("of a run"), () => listOf("of a ledger")];
  await sweep(...domains);
  expect(await left()).toHaveLength(3);
  await clock.advance(orphanGraceMs);
  await sweep(...domains);
  expect(await left()).toEqual([digestOf("of a run"), digestOf("of a ledger")].sort());
});

test("content that is stored again while the marks are made stays", async () => {
  const { clock, blobs, sweep, left } = await openRig("again", "orphan");
  await clock.advance(orphanGraceMs);
  await sweep(async function* () {
    yield* listOf();
    await blobs.putContent(bytes("again"));
  });
  expect(await left()).toEqual([digestOf("again")]);
});

test("a domain that cannot tell its references keeps everything", async () => {
  const { clock, sweep, left } = await openRig("kept");
  await clock.advance(orphanGraceMs);
  const broken = async function* (): AsyncGenerator<Digest, void, void> {
    yield digestOf("other");
    throw new Error("the store is away");
  };
  await expect(sweep(broken)).rejects.toThrow("the store is away");
  expect(await left()).toEqual([digestOf("kept")]);
});
