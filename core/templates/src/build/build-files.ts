import { type Digest, digestBytes } from "@bedplate/codec";
import { missing, refuse } from "../template-faults.ts";
import { filesBytesMax } from "../template-limits.ts";
import type { TemplatesModules } from "../templates-modules.ts";
import { type BuildFiles, filesTable } from "../templates-tables.ts";

/** Archives that COPY steps take their files from, under names that their uploaders choose. */
export class BuildFilesStore {
  readonly #modules: Pick<TemplatesModules, "state" | "artifacts" | "clock">;

  constructor(modules: Pick<TemplatesModules, "state" | "artifacts" | "clock">) {
    this.#modules = modules;
  }

  /** Keeps a tar archive, plain or packed with gzip or Zstandard; the same name again replaces it. */
  async put(project: string, name: string, bytes: Uint8Array): Promise<BuildFiles> {
    const { artifacts, clock, state } = this.#modules;
    if (name === "" || name.length > 256) throw refuse("/files", "must have 1 to 256 characters");
    if (bytes.length > filesBytesMax)
      throw refuse("/files", `must have at most ${filesBytesMax} bytes`);
    const artifact: Digest = await artifacts.put(bytes, project);
    const files = { artifact, bytes: bytes.length, at: clock.now() };
    await state.commit({ ops: [filesTable.put(idOf(project, name), files)] });
    return files;
  }

  async has(project: string, name: string): Promise<boolean> {
    return (await filesTable.get(this.#modules.state, idOf(project, name))) !== null;
  }

  async get(project: string, name: string): Promise<BuildFiles> {
    const found = await filesTable.get(this.#modules.state, idOf(project, name));
    if (found === null) throw missing("files", name);
    return found.document;
  }
}

function idOf(project: string, name: string): string {
  return `${project}/${digestBytes(new TextEncoder().encode(name)).slice(7)}`;
}
