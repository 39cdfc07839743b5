/** A host as it is matched: lower case, without port and without the dot at its end. */
export function normaliseHost(host: string): string {
  const bare = host.startsWith("[")
    ? host.slice(0, host.indexOf("]") + 1)
    : host.replace(/:\d*$/, "");
  return (bare.endsWith(".") ? bare.slice(0, -1) : bare).toLowerCase();
}

/** How a path may be read: `literal` where `%2F` is a character, `decoded` where it is a separator. */
export interface PathReadings {
  readonly literal: string;
  /** Absent when both are the same. */
  readonly decoded?: string | undefined;
}

/**
 * The readings of a path, normalised once: escapes that need not be are decoded, the others have
 * upper-case digits, runs of slashes are one. Null for a path with dot segments in any spelling:
 * clients resolve them, so one that is sent wants to be read differently by two readers.
 */
export function readPath(target: string): PathReadings | null {
  const path = pathOf(target);
  // Most paths are plain, and this is asked for every request.
  if (!/%|\/\/|\/\.|\\/.test(path)) return { literal: path };
  const literal = normaliseEscapes(path).replaceAll(/\/{2,}/g, "/");
  const decoded = literal.replaceAll(/%2F|%5C|\\/g, "/").replaceAll(/\/{2,}/g, "/");
  if (/\/\.{1,2}(\/|$)/.test(decoded)) return null;
  return decoded === literal ? { literal } : { literal, decoded };
}

/** A prefix as it is matched: normalised as paths are, without a slash at its end. */
export function normalisePrefix(prefix: string): string | null {
  const readings = readPath(prefix);
  if (readings === null || readings.decoded !== undefined) return null;
  return readings.literal.endsWith("/") ? readings.literal.slice(0, -1) : readings.literal;
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

function normaliseEscapes(path: string): string {
  return path.replaceAll(/%[0-9a-fA-F]{2}/g, (written) => {
    const character = String.fromCharCode(Number.parseInt(written.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : written.toUpperCase();
  });
}
