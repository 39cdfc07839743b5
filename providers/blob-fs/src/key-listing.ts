import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  blobEnding,
  contentFolder,
  contentPrefix,
  folderEnding,
  namedFolder,
  partDigits,
} from "./key-path.ts";

/** Keys from `start` on, in byte order. */
export interface KeyScan {
  readonly root: string;
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string | undefined;
}

/** The keys that the folders hold, in the byte order of their UTF-8; reads only folders in range. */
export async function* scanKeys(scan: KeyScan): AsyncGenerator<string, void, void> {
  const before = { ...scan, until: contentPrefix };
  const contentHex = Buffer.from(contentPrefix).toString("hex");
  yield* scanNamed(before, (hex) => hex < contentHex);
  yield* scanContent(scan);
  yield* scanNamed(scan, (hex) => hex > contentHex);
}

async function* scanNamed(
  scan: KeyScan,
  isOurs: (hex: string) => boolean,
): AsyncGenerator<string, void, void> {
  const prefix = Buffer.from(scan.prefix).toString("hex");
  const after = Buffer.from(scan.after ?? "").toString("hex");
  for await (const hex of walk(join(scan.root, namedFolder), { head: "", prefix, after })) {
    if (isOurs(hex)) yield Buffer.from(hex, "hex").toString("utf8");
  }
}

interface Walk {
  /** The hex of the folder itself. */
  readonly head: string;
  readonly prefix: string;
  readonly after: string;
}

async function* walk(
  folder: string,
  { head, prefix, after }: Walk,
): AsyncGenerator<string, void, void> {
  for (const name of await namesIn(folder)) {
    const isFolder = name.endsWith(folderEnding);
    const hex = head + name.slice(0, -(isFolder ? folderEnding : blobEnding).length);
    if (isFolder) {
      const mayHold = hex.startsWith(prefix) || prefix.startsWith(hex);
      if (mayHold && hex >= after.slice(0, hex.length)) {
        yield* walk(join(folder, name), { head: hex, prefix, after });
      }
    } else if (hex.startsWith(prefix) && hex > after) yield hex;
  }
}

async function* scanContent({
  root,
  prefix,
  after = "",
}: KeyScan): AsyncGenerator<string, void, void> {
  if (!contentPrefix.startsWith(prefix) && !prefix.startsWith(contentPrefix)) return;
  const wanted = prefix.slice(contentPrefix.length);
  for (const fan of await namesIn(join(root, contentFolder))) {
    if (!fan.startsWith(wanted.slice(0, 2))) continue;
    for (const name of await namesIn(join(root, contentFolder, fan))) {
      const key = `${contentPrefix}${name.slice(0, -blobEnding.length)}`;
      if (key.startsWith(prefix) && isAfter(key, after)) yield key;
    }
  }
}

function isAfter(key: string, after: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
}

/** Names in key order: of a blob and a folder with the same digits, the blob has the shorter key. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function orderOf(name: string): string {
  const isFolder = name.endsWith(folderEnding) && name.length === partDigits + folderEnding.length;
  return isFolder ? `${name.slice(0, partDigits)}~` : name.slice(0, -blobEnding.length);
}
