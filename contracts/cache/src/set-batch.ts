import { type Fault, isFault } from "@bedplate/errors";
import type {
  CacheCapabilities,
  CacheLimits,
  DriverItem,
  DriverSetAnswer,
  Version,
} from "./cache-driver.ts";
import { conditionFault, refuse } from "./cache-faults.ts";
import { bytesOfItem, type CacheItem, encodeItem } from "./cache-item.ts";

/** How one item of a batch went. */
export type CacheSetResult =
  | { readonly ok: true; readonly version: Version }
  | { readonly ok: false; readonly fault: Fault };

/** An item that was checked, or why it is refused. */
export type BatchItem = DriverItem | Extract<CacheSetResult, { readonly ok: false }>;

interface BatchContext {
  readonly limits: CacheLimits;
  readonly capabilities: CacheCapabilities;
}

const place = { verb: "set", path: "/items" };

/** Checks and copies items one by one; throws when there is too much of them together. */
export function encodeBatch(
  items: readonly CacheItem[],
  { limits, capabilities }: BatchContext,
): readonly BatchItem[] {
  if (items.length > limits.batchMax) {
    throw refuse({ ...place, rule: "are too many", limit: limits.batchMax });
  }
  const batch = items.map((item, index) =>
    encodeOrFault(item, { path: `/items/${index}`, limits, capabilities }),
  );
  const bytes = writable(batch).reduce((sum, item) => sum + bytesOfItem(item), 0);
  if (bytes <= limits.batchBytesMax) return batch;
  throw refuse({ ...place, rule: "are too long", limit: limits.batchBytesMax });
}

/** The items of a batch that were not refused. */
export function writable(batch: readonly BatchItem[]): readonly DriverItem[] {
  return batch.filter((each) => "key" in each);
}

/** What a driver answered to the writable items, between the faults of the refused ones. */
export function resultsOf(
  batch: readonly BatchItem[],
  answers: readonly DriverSetAnswer[],
  subjectOf: (key: string) => string,
): readonly CacheSetResult[] {
  const rest = answers[Symbol.iterator]();
  return batch.map((each): CacheSetResult => {
    if (!("key" in each)) return each;
    const answer = rest.next().value;
    if (answer?.kind === "stored") return { ok: true, version: answer.version };
    const found = { subject: subjectOf(each.key), actual: answer?.actual ?? null };
    return { ok: false, fault: conditionFault(each.if, found).fault };
  });
}

function encodeOrFault(
  item: CacheItem,
  context: BatchContext & { readonly path: string },
): BatchItem {
  try {
    return encodeItem(item, { verb: "set", ...context });
  } catch (error) {
    if (!isFault(error)) throw error;
    return { ok: false, fault: error.fault };
  }
}
