import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";

/** Gives a finished folder its name at once; when another process was faster, its folder stays. */
export function publishFolder(draft: string, path: string): void {
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
}
