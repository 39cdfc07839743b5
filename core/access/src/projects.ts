import { DocumentTable } from "@bedplate/state";
import type { AccessModules } from "./access-modules.ts";
import { type Project, projectSchema, type Quota, standardQuota } from "./project.ts";

const table: DocumentTable<Project> = new DocumentTable({ name: "project", schema: projectSchema });

/** Projects and their quotas. */
export class Projects {
  readonly #modules: AccessModules;
  readonly #quotas = new Map<string, Quota>();

  constructor(modules: AccessModules) {
    this.#modules = modules;
  }

  /** Makes a project, or changes the quota of one that is there. */
  async put(id: string, quota: Quota = standardQuota): Promise<Project> {
    const { clock, state } = this.#modules;
    const earlier = await table.get(state, id);
    const project = { id, quota, createdAt: earlier?.document.createdAt ?? clock.now() };
    await state.commit({
      checks: [earlier === null ? table.absent(id) : table.at(earlier)],
      ops: [table.put(id, project)],
    });
    this.#quotas.set(id, quota);
    return project;
  }

  async get(id: string): Promise<Project | null> {
    return (await table.get(this.#modules.state, id))?.document ?? null;
  }

  async list(): Promise<readonly Project[]> {
    const { documents } = await table.list(this.#modules.state, { limit: 1000 });
    return documents.map((each) => each.document);
  }

  /** The quota of a project; the standard one where none was stored. Read once per process. */
  async quota(id: string): Promise<Quota> {
    const known = this.#quotas.get(id);
    if (known !== undefined) return known;
    const quota = (await this.get(id))?.quota ?? standardQuota;
    this.#quotas.set(id, quota);
    return quota;
  }
}
