import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import type { PutOptions } from "../blob-access.ts";
import type { BlobCondition, BlobInfo } from "../blob-driver.ts";
import type { BlobStore } from "../blob-store.ts";
import type { UploadPart } from "../blob-uploads.ts";
import { keysOf } from "./blob-case.ts";

/** What the model believes to be stored. */
type Believed = Map<string, { readonly bytes: Uint8Array; readonly version: string }>;

interface Step {
  readonly kind: "put" | "delete" | "copy" | "range" | "list" | "upload";
  readonly key: string;
  readonly other: string;
  readonly bytes: Uint8Array;
  readonly condition: "none" | "absent" | "current" | "stale";
  readonly offset: number;
  readonly length: number;
}

const keys = ["a", "a/b", "a/c/d", "b", "../x", "ü"] as const;

const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("put", "put", "put", "delete", "copy", "range", "range", "list", "upload"),
  key: fc.constantFrom(...keys),
  other: fc.constantFrom(...keys),
  bytes: fc.uint8Array({ maxLength: 200 }),
  condition: fc.constantFrom("none", "none", "absent", "current", "stale"),
  offset: fc.nat(220),
  length: fc.nat(220),
});

/** Random operations, each compared with a `Map` that does the same. */
export async function checkBlobModel(
  open: () => Promise<AsyncDisposable & { readonly target: BlobStore }>,
  options: { readonly runs: number; readonly stepsMax?: number; readonly seed?: number },
): Promise<void> {
  const { runs: numRuns, stepsMax: maxLength = 30, seed } = options;
  const law = fc.asyncProperty(fc.array(stepOf, { maxLength }), async (steps) => {
    await using opened = await open();
    const believed: Believed = new Map();
    for (const step of steps) await take(opened.target, believed, step);
    deepStrictEqual(await keysOf(opened.target), sorted(believed));
  });
  await fc.assert(law, { numRuns, ...(seed !== undefined && { seed }) });
}

type Writing = Pick<PutOptions, "condition">;

async function take(store: BlobStore, believed: Believed, step: Step): Promise<void> {
  const { kind, key, other, bytes } = step;
  const source = believed.get(other);
  if (kind === "put") {
    await write(believed, step, (options) => store.put(key, bytes, options));
  } else if (kind === "upload" && bytes.length > 0) {
    await write(believed, step, (options) => upload(store, step, options));
  } else if (kind === "copy" && source !== undefined) {
    const copying = { ...step, bytes: source.bytes };
    await write(believed, copying, (options) => store.copy({ from: other, to: key, ...options }));
  } else if (kind === "delete") await remove(store, believed, step);
  else if (kind === "range") await readSlice(store, believed, step);
  else if (kind === "list") await listAfter(store, believed, step);
}

async function write(
  believed: Believed,
  { key, bytes, condition }: Step,
  store: (options: Writing) => Promise<BlobInfo>,
): Promise<void> {
  const there = believed.get(key);
  const conditions: Record<Step["condition"], BlobCondition | undefined> = {
    none: undefined,
    absent: "absent",
    current: { version: there?.version ?? "v_none" },
    stale: { version: "v_stale" },
  };
  const mayWrite = { none: true, absent: !there, current: Boolean(there), stale: false }[condition];
  try {
    const { version } = await store({ condition: conditions[condition] });
    ok(mayWrite, `a write to ${key} was not refused: ${condition}`);
    believed.set(key, { bytes, version });
  } catch (error) {
    const code = condition === "absent" ? "resource.exists" : "version.mismatch";
    ok(!mayWrite && isFault(error, code), String(error));
  }
}

/** Three parts, or one when there is too little for three. */
async function upload(
  { uploads }: BlobStore,
  { key, bytes }: Step,
  options: Writing,
): Promise<BlobInfo> {
  const { upload } = await uploads.begin(key, options);
  const third = Math.max(1, Math.ceil(bytes.length / 3));
  const parts: UploadPart[] = [];
  for (let at = 0; at < bytes.length; at += third) {
    const body = bytes.slice(at, at + third);
    parts.push(await uploads.part(upload, parts.length + 1, { body }));
  }
  try {
    return await uploads.finish(upload, parts);
  } finally {
    await uploads.abort(upload);
  }
}

async function remove(store: BlobStore, believed: Believed, { key }: Step): Promise<void> {
  strictEqual(await store.delete(key), believed.delete(key));
}

async function readSlice(
  store: BlobStore,
  believed: Believed,
  { key, offset, length }: Step,
): Promise<void> {
  const there = believed.get(key);
  if (there === undefined) return strictEqual(await store.get(key), null);
  deepStrictEqual(Buffer.from((await store.get(key)) ?? []), Buffer.from(there.bytes));
  if (offset > 0 && offset >= there.bytes.length) return;
  await using reading = await store.open(key, { range: { offset, length } });
  const read = Buffer.concat(await Array.fromAsync(reading.body));
  deepStrictEqual(read, Buffer.from(there.bytes.slice(offset, offset + length)));
}

async function listAfter(store: BlobStore, believed: Believed, { other }: Step): Promise<void> {
  const after = sorted(believed).filter((key) => compare(key, other) > 0);
  deepStrictEqual(await keysOf(store, { after: other, limit: 2 }), after);
}

function sorted(believed: Believed): readonly string[] {
  return [...believed.keys()].sort(compare);
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
