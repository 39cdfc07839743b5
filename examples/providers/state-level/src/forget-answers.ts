import type { Draft } from "./draft.ts";
import type { Level } from "./level-folder.ts";
import { type AnswerRecord, unseal } from "./record.ts";
import type { RecordKeys } from "./record-key.ts";

/** Answers forgotten with one group of commits: as many as a group adds, so that none pile up. */
const forgottenMax = 64;

/** Deletes the answers of a namespace whose time is over. */
export async function forgetAnswers(
  level: Level,
  {
    draft,
    keys,
    nowMs,
  }: { readonly draft: Draft; readonly keys: RecordKeys; readonly nowMs: number },
): Promise<void> {
  const range = {
    gte: keys.first("expiry"),
    lt: keys.expiry(nowMs + 1, ""),
    limit: forgottenMax,
  };
  for await (const [record, sealed] of level.iterator(range)) {
    const answer = keys.answer(unseal<string>(record, sealed));
    const found = await draft.get<AnswerRecord>(answer);
    // The key may have been used again since.
    if (found !== undefined && found[1] <= nowMs) draft.delete(answer);
    draft.delete(record);
  }
}
