import { join } from "node:path";
import { digestOfKey } from "@bedplate/blob";

/** Hex digits per path part: below the 255 bytes of a file name with room for an ending. */
export const partDigits = 200;

/** A name that has more parts behind it. */
export const folderEnding = ".d";

/** A name that is complete. */
export const blobEnding = ".b";

/** Holds blobs under their digests. */
export const contentFolder = "content";

/** Holds blobs under names. */
export const namedFolder = "named";

/**
 * Where a blob lies, relative to the root. Content fans out by its digest. A name becomes the hex of
 * its UTF-8: whatever it holds it cannot leave the root, and file order is key order.
 */
export function pathOfKey(key: string): string {
  if (digestOfKey(key) !== undefined) {
    const hex = key.slice(contentPrefix.length);
    return join(contentFolder, hex.slice(0, 2), `${hex}${blobEnding}`);
  }
  const hex = Buffer.from(key).toString("hex");
  const parts: string[] = [];
  let at = 0;
  for (; hex.length - at > partDigits; at += partDigits) {
    parts.push(`${hex.slice(at, at + partDigits)}${folderEnding}`);
  }
  return join(namedFolder, ...parts, `${hex.slice(at)}${blobEnding}`);
}

/** What every content key begins with. */
export const contentPrefix = "sha256:";
