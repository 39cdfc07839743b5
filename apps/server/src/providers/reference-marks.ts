import type { Digest } from "@bedplate/codec";

/** What was referred to when the marks were made. */
export interface ReferenceMarks {
  among(keys: readonly string[]): ReadonlySet<string>;
}

/** Where the first half of the digest lies in `sha256:...`; two that share it only keep each other. */
const half = [7, 39] as const;

/** Notes everything that is referred to, 128 bits of each digest. */
export async function markReferences(
  references: readonly (() => AsyncIterable<Digest>)[],
  signal: AbortSignal,
): Promise<ReferenceMarks> {
  const marked = new Set<string>();
  for (const list of references) {
    for await (const digest of list()) {
      signal.throwIfAborted();
      marked.add(digest.slice(...half));
    }
  }
  return { among: (keys) => new Set(keys.filter((key) => marked.has(key.slice(...half)))) };
}
