/** Most pairs that a filter may have. */
const pairsMax = 64;

/**
 * A filter by metadata: a form inside a query value, encoded a second time. Undefined where it is no
 * such form.
 */
export function readMetadataQuery(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const pairs = [...new URLSearchParams(text)].slice(0, pairsMax);
    return Object.fromEntries(
      pairs.map(([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
}
