import { systemRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";

const key = "cursor-secret";

/**
 * What seals the cursors of lists. It is kept in the state itself, so that a page can be followed on
 * another replica and in a later process.
 */
export async function cursorSecretOf(state: StateStore): Promise<Uint8Array> {
  const own = state.in("server");
  const found = await own.get(key);
  if (found !== null) return found.value;
  const value = systemRandom.bytes(32);
  try {
    await own.commit({ checks: [{ key, is: "absent" }], ops: [{ put: key, value }] });
    return value;
  } catch (error) {
    // Another replica was faster.
    if (!isFault(error, "version.mismatch")) throw error;
    return cursorSecretOf(state);
  }
}
