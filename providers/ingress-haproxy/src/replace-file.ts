import { open, rename } from "node:fs/promises";

/** Writes a file that only its owner reads; a reader finds the old one or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.next`, "w", 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await rename(`${path}.next`, path);
}
