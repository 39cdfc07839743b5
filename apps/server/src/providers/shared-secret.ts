import { systemRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";

/** A secret that everybody knows who shares the state; whoever asks first makes it. */
export async function sharedSecretOf(
  state: StateStore,
  name: "cursor-secret" | "node-secret",
): Promise<Uint8Array> {
  const own = state.in("server");
  const found = await own.get(name);
  if (found !== null) return found.value;
  const value = systemRandom.bytes(32);
  try {
    await own.commit({ checks: [{ key: name, is: "absent" }], ops: [{ put: name, value }] });
    return value;
  } catch (error) {
    // Another replica was faster.
    if (!isFault(error, "version.mismatch")) throw error;
    return sharedSecretOf(state, name);
  }
}
