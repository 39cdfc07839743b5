import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newId, systemClock, systemRandom } from "@bedplate/clock";

/**
 * Names the data folder, in `place.id`, so that whoever opens it again knows that the one who held
 * something under this name is gone. What a server makes on its computer carries it: others leave
 * that alone. A server in memory has a name for its own life.
 */
export async function openPlaceId(folder: string | undefined): Promise<string> {
  const fresh = newId("place", systemClock.now(), systemRandom);
  if (folder === undefined) return fresh;
  const path = join(folder, "place.id");
  const kept = await readFile(path, "utf8").catch(() => "");
  if (/^place_\w{25}\n$/.test(kept)) return kept.trim();
  await writeFile(path, `${fresh}\n`, { mode: 0o600 });
  return fresh;
}
