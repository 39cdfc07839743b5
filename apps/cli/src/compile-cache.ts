import { existsSync, mkdirSync, statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** The bits with which a group and everybody write. */
const othersWrite = 0o022;

/**
 * Keeps what was compiled for the next start, in the user's own cache folder (XDG Base Directory). Where
 * there is no such folder, where it is somebody else's or others may write there (for what is in it is
 * executed), or where `NODE_DISABLE_COMPILE_CACHE` is set, nothing is kept.
 */
export function keepCompiled(): void {
  const home = homedir();
  const base = process.env["XDG_CACHE_HOME"] || join(home, ".cache");
  const parent = process.env["XDG_CACHE_HOME"] || home;
  if (!existsSync(parent)) return;
  const folder = join(base, "bedplate", "compiled");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // One that was there already may be of somebody else, or open to others.
    const { uid, mode } = statSync(folder);
    if (uid !== process.getuid?.() || (mode & othersWrite) !== 0) return;
  } catch {
    return;
  }
  enableCompileCache(folder);
}
