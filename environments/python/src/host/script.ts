/** Longest script, in bytes. */
export const scriptBytesMax: number = 8 * 1024 * 1024;

/** Most entries that an admission names. */
const entriesMax = 1000;

/** What looking at an artifact says: a script with its entries, or why it is none. */
export type ScriptReading =
  | { readonly isScript: true; readonly entries: readonly string[] }
  | { readonly isScript: false; readonly reason: string };

/**
 * Reads an artifact as Python source, as far as that goes without running it. Errors of syntax are
 * the script's own business: it tells of them with a traceback when it is run.
 */
export function readScript(bytes: Uint8Array): ScriptReading {
  if (bytes.length > scriptBytesMax) {
    return { isScript: false, reason: `the script is longer than ${scriptBytesMax} bytes` };
  }
  if (bytes.includes(0)) return { isScript: false, reason: "the script holds a zero byte" };
  const text = decode(bytes);
  if (text === undefined) return { isScript: false, reason: "the script is not UTF-8" };
  return { isScript: true, entries: ["main", ...functionNames(text)] };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Functions at the top level, by their text; one that is made otherwise can be called all the same. */
function functionNames(text: string): readonly string[] {
  const found = text.matchAll(/^(?:async[ \t]+)?def[ \t]+([A-Za-z]\w*)[ \t]*[[(]/gm);
  const names = new Set<string>();
  for (const [, name] of found) {
    if (name !== undefined && name !== "main") names.add(name);
    if (names.size === entriesMax) break;
  }
  return [...names];
}
