import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Keys } from "@bedplate/access";

/** The project of the first key. */
export const firstProject = "default";

/**
 * The key of whoever owns the data folder: made at the first start, kept in `admin.key` with mode
 * 0600. A server in memory makes one per life.
 */
export async function openAdminKey(keys: Keys, folder: string | undefined): Promise<string> {
  const path = folder === undefined ? undefined : join(folder, "admin.key");
  const kept = path === undefined ? undefined : await readKept(path);
  if (kept !== undefined && (await isValid(keys, kept))) return kept;
  const { text } = await keys.create({ project: firstProject, role: "admin", label: "first" });
  if (path !== undefined) await writeFile(path, `${text}\n`, { mode: 0o600 });
  return text;
}

async function readKept(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}

async function isValid(keys: Keys, text: string): Promise<boolean> {
  try {
    await keys.authenticate(text);
    return true;
  } catch {
    return false;
  }
}
