import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where engines keep what is dear to make: binaries, empty databases, root file systems.
 * `BEDPLATE_CACHE` names another place. Root's own home is closed to the user that its engines run as.
 */
export function cacheFolder(...names: readonly string[]): string {
  const path = join(process.env["BEDPLATE_CACHE"] ?? defaultCache(), ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

function defaultCache(): string {
  if (process.getuid?.() === 0) return "/var/cache/bedplate";
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "bedplate");
}
