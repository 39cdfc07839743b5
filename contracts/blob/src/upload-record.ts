import type { Digest } from "@bedplate/codec";
import type {
  BlobCondition,
  BlobDriver,
  BlobEntry,
  BlobInfo,
  BlobMetadata,
  DriverReading,
} from "./blob-driver.ts";
import { corruptFault, missingFault, refuseArgument } from "./blob-faults.ts";
import { uploadPrefix } from "./blob-key.ts";
import { entriesUnder } from "./blob-listing.ts";
import { collect, readRange } from "./blob-reading.ts";
import type { BlobExpectation } from "./incoming-body.ts";

/** What an upload will become. */
export interface BegunUpload {
  readonly format: 1;
  readonly key: string;
  readonly contentType: string;
  readonly metadata: BlobMetadata;
  readonly condition?: BlobCondition | undefined;
  readonly expect: BlobExpectation;
}

/** What an upload has become; kept so that finishing it again answers the same. */
export interface FinishedUpload {
  readonly format: 1;
  readonly done: BlobInfo;
  /** Of the numbers and digests of its parts. */
  readonly chosen: Digest;
}

/** An upload lies under its own key as JSON, and its parts under keys that begin with that key. */
export type UploadRecord = BegunUpload | FinishedUpload;

const uploadForm = /^u_[0-9a-z]{25}$/;
const numberDigits = 5;

/** Where an upload's record lies; refuses what is no upload's name. */
export function keyOfUpload(op: string, upload: string): string {
  if (!uploadForm.test(upload)) throw refuseArgument(op, "/upload", { rule: "is malformed" });
  return `${uploadPrefix}${upload}`;
}

/** Where a part lies. */
export function keyOfPart(upload: string, number: number): string {
  return `${uploadPrefix}${upload}/${String(number).padStart(numberDigits, "0")}`;
}

/** The number of the part under a key; 0 for the record itself. */
export function numberOfPart(key: string): number {
  return Number(key.split("/")[1] ?? 0);
}

/** The upload that a key belongs to. */
export function uploadOfKey(key: string): string {
  return key.slice(uploadPrefix.length).split("/")[0] ?? "";
}

/** Reads an upload's record; throws `resource.missing` when there is none. */
export async function readUpload(
  driver: BlobDriver,
  op: string,
  upload: string,
): Promise<UploadRecord> {
  await using reading = await driver.open(keyOfUpload(op, upload), undefined);
  if (reading === null) throw missingFault(op, upload, "upload");
  return parseRecord(op, reading);
}

/** The parts of an upload that are stored, in their order. */
export function partsOf(driver: BlobDriver, upload: string): AsyncGenerator<BlobEntry, void, void> {
  return entriesUnder(driver, `${uploadPrefix}${upload}/`);
}

/** Deletes what arrived of an upload. */
export async function deleteParts(driver: BlobDriver, upload: string): Promise<void> {
  for await (const { key } of partsOf(driver, upload)) await driver.delete(key, undefined);
}

async function parseRecord(op: string, reading: DriverReading): Promise<UploadRecord> {
  // The digest was checked on the way, so this is what some release wrote.
  const text = Buffer.from(await collect(readRange(reading, undefined, undefined)));
  const record = JSON.parse(text.toString("utf8")) as UploadRecord;
  if (record.format === 1) return record;
  throw corruptFault(op, reading.info.key, "an upload of another format");
}
