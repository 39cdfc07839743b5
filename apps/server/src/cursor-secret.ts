import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemRandom } from "@bedplate/clock";

/** What seals the cursors of lists, kept in the data folder: a page can be followed in a later process. */
export function cursorSecretOf(folder: string): Uint8Array {
  const path = join(folder, "cursor.key");
  try {
    // Fails where the file is there already; then its content counts.
    writeFileSync(path, systemRandom.bytes(32), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path);
}
