import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that goes with its `using` block. */
export interface ScratchFolder extends Disposable {
  readonly path: string;
}

/** Makes an empty folder under the system's temporary folder. */
export function openScratchFolder(name = "bedplate"): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
