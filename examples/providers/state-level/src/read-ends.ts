import type { Snapshot } from "classic-level";
import type { Level } from "./level-folder.ts";
import { type EndsRecord, noEnds, unseal } from "./record.ts";
import type { RecordKeys } from "./record-key.ts";

export type { Snapshot } from "classic-level";

/** The head and the oldest revision of a namespace, at the instant of a snapshot. */
export async function readEnds(
  level: Level,
  { keys, snapshot }: { readonly keys: RecordKeys; readonly snapshot: Snapshot },
): Promise<EndsRecord> {
  const sealed = await level.get(keys.ends, { snapshot });
  return sealed === undefined ? noEnds : unseal<EndsRecord>(keys.ends, sealed);
}
