import { systemRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";

const key = "epoch";

/**
 * Names the history of a state, whose revisions begin at one: it is part of the ids of events, so that
 * those of a copy are no others' again. Whoever asks first makes it, and it is not copied.
 */
export async function historyEpochOf(state: StateStore): Promise<string> {
  const own = state.in("history");
  const found = await own.get(key);
  if (found !== null) return Buffer.from(found.value).toString();
  const epoch = Buffer.from(systemRandom.bytes(4)).toString("hex");
  try {
    const ops = [{ put: key, value: Buffer.from(epoch) }];
    await own.commit({ checks: [{ key, is: "absent" }], ops });
    return epoch;
  } catch (error) {
    // Another replica was faster.
    if (!isFault(error, "version.mismatch")) throw error;
    return historyEpochOf(state);
  }
}
