import { type CborValue, type Digest, digestValue } from "@bedplate/codec";
import type { SnapshotManifest } from "../facets/snapshot.ts";
import { incompatible } from "./check-spec.ts";

/** Most restored snapshots that are remembered. */
const restoredMax = 10_000;

/**
 * Lets a snapshot that promises one clone be restored once. It knows what this host restored since
 * the environment was opened; whoever keeps snapshots for longer remembers them for longer.
 */
export class SingleClones {
  readonly #restored = new Set<Digest>();

  async restore<T>(snapshot: SnapshotManifest, create: () => Promise<T>): Promise<T> {
    if (snapshot.clones === "many") return create();
    const digest = snapshotDigest(snapshot);
    if (this.#restored.has(digest)) throw incompatible(["clones: it was restored before"]);
    this.#restored.add(digest);
    const [oldest] = this.#restored;
    if (this.#restored.size > restoredMax && oldest !== undefined) this.#restored.delete(oldest);
    try {
      return await create();
    } catch (error) {
      this.#restored.delete(digest);
      throw error;
    }
  }
}

/** Digest of a snapshot: of the canonical bytes of its manifest. */
export function snapshotDigest(snapshot: SnapshotManifest): Digest {
  return digestValue(JSON.parse(JSON.stringify(snapshot)) as CborValue);
}
