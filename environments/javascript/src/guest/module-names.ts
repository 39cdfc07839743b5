import { posix } from "node:path";

/** The path of an import among the given files; undefined for what is no relative or absolute path. */
export function resolveModule(importer: string, name: string): string | undefined {
  if (!/^\.{0,2}\//.test(name)) return undefined;
  const from = posix.dirname(posix.join("/", importer));
  return posix.resolve(from, name);
}
