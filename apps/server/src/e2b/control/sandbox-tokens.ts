import { createHmac } from "node:crypto";
import { systemRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";

const key = "token-secret";

/** Tokens of sandboxes. They follow from a secret of the state's, so nothing is kept for each. */
export class SandboxTokens {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** With the secret of this state; the first server makes it. */
  static async open(state: StateStore): Promise<SandboxTokens> {
    const found = await state.get(key);
    if (found !== null) return new SandboxTokens(found.value);
    const value = systemRandom.bytes(32);
    try {
      await state.commit({ checks: [{ key, is: "absent" }], ops: [{ put: key, value }] });
      return new SandboxTokens(value);
    } catch (error) {
      // Another replica was faster.
      if (!isFault(error, "version.mismatch")) throw error;
      return SandboxTokens.open(state);
    }
  }

  /** What a sandbox's own port asks for. */
  accessToken(sandboxId: string): string {
    return this.#derive("access", sandboxId);
  }

  /** What the ports of its programs ask for, where they are not public. */
  trafficToken(sandboxId: string): string {
    return this.#derive("traffic", sandboxId);
  }

  /** What URLs for uploads are signed with. */
  get uploadSecret(): string {
    return this.#derive("upload", "");
  }

  #derive(use: string, sandboxId: string): string {
    return createHmac("sha256", this.#secret).update(`${use}:${sandboxId}`).digest("hex");
  }
}
