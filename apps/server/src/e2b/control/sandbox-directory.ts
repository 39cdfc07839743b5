import { isFault } from "@bedplate/errors";
import { defineSchema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore } from "@bedplate/state";

/** Where a sandbox's machine is. */
interface Entry {
  readonly project: string;
}

const table: DocumentTable<Entry> = new DocumentTable({
  name: "sandbox",
  schema: defineSchema(Type.Object({ project: Type.String() }, { additionalProperties: false })),
});

/** Most projects that are remembered without asking. */
const knownMax = 10_000;

/** Which project a sandbox belongs to: traffic names the sandbox alone. */
export class SandboxDirectory {
  readonly #state: StateStore;
  readonly #known = new Map<string, string>();

  constructor(state: StateStore) {
    this.#state = state;
  }

  async add(sandboxId: string, project: string): Promise<void> {
    await this.#state.commit({ ops: [table.put(sandboxId, { project })] });
    this.#remember(sandboxId, project);
  }

  /** Undefined for an id that is no sandbox's. */
  async projectOf(sandboxId: string): Promise<string | undefined> {
    const known = this.#known.get(sandboxId);
    if (known !== undefined) return known;
    const found = await table.get(this.#state, sandboxId);
    if (found === null) return undefined;
    this.#remember(sandboxId, found.document.project);
    return found.document.project;
  }

  async delete(sandboxId: string): Promise<void> {
    this.#known.delete(sandboxId);
    try {
      await this.#state.commit({ ops: [table.delete(sandboxId)] });
    } catch (error) {
      if (!isFault(error, "version.mismatch")) throw error;
    }
  }

  /** Every sandbox of every project. */
  async *ids(): AsyncGenerator<string> {
    for await (const entry of this.#state.listAll({ prefix: table.key("") })) {
      yield table.read(entry).id;
    }
  }

  #remember(sandboxId: string, project: string): void {
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(sandboxId, project);
  }
}
