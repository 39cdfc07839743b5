import type { CacheClaim } from "@bedplate/cache";
import { systemRandom } from "@bedplate/clock";

interface Claim {
  readonly token: string;
  readonly endMs: number;
  readonly tagIds: readonly string[];
}

/** How a claim is made. */
export interface ClaimRequest {
  readonly nowMs: number;
  readonly holdMs: number;
  readonly tagIds: readonly string[];
}

/** More claims at once are told to come back. They are never forgotten to make room. */
const claimsMax = 100_000;

const retryWhenFullMs = 1_000;

/** Who may fill which key. */
export class ClaimTable {
  readonly #claims = new Map<string, Claim>();

  find(id: string, nowMs: number): Claim | undefined {
    const claim = this.#claims.get(id);
    return claim !== undefined && claim.endMs > nowMs ? claim : undefined;
  }

  claim(id: string, { nowMs, holdMs, tagIds }: ClaimRequest): CacheClaim {
    const held = this.find(id, nowMs);
    if (held !== undefined) return { isWon: false, retryInMs: held.endMs - nowMs };
    if (this.#claims.size >= claimsMax) this.#clear(nowMs);
    if (this.#claims.size >= claimsMax) return { isWon: false, retryInMs: retryWhenFullMs };
    const token = Buffer.from(systemRandom.bytes(16)).toString("base64url");
    this.#claims.set(id, { token, endMs: nowMs + holdMs, tagIds });
    return { isWon: true, token };
  }

  end(id: string): void {
    this.#claims.delete(id);
  }

  endTagged(tagId: string): void {
    for (const [id, { tagIds }] of this.#claims) if (tagIds.includes(tagId)) this.end(id);
  }

  #clear(nowMs: number): void {
    for (const [id, { endMs }] of this.#claims) if (endMs <= nowMs) this.end(id);
  }
}
