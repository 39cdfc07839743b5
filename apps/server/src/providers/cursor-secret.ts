import type { StateStore } from "@bedplate/state";
import { sharedSecretOf } from "./shared-secret.ts";

/**
 * What seals the cursors of lists. It is kept in the state itself, so that a page can be followed on
 * another replica and in a later process.
 */
export function cursorSecretOf(state: StateStore): Promise<Uint8Array> {
  return sharedSecretOf(state, "cursor-secret");
}
