import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "@bedplate/environment";

/** What was asked of each process, kept beside the machine: the agent knows only what it needs. */
export class ProcessNotes {
  readonly #folder: string;

  constructor(machineFolder: string) {
    this.#folder = join(machineFolder, "processes");
  }

  put(process: Process): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(process.id);
    writeFileSync(`${path}.new`, JSON.stringify(process), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  get(id: string): Process | undefined {
    if (!/^\d{1,15}$/.test(id)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path(id), "utf8"));
    } catch {
      return undefined;
    }
  }

  delete(id: string): void {
    rmSync(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
