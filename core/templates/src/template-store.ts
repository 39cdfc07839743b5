import { newId } from "@bedplate/clock";
import type { Caps } from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import type { StoredDocument } from "@bedplate/state";
import type { Build, BuildPlan, Template } from "./template.ts";
import { missing, notWaiting, tooMany } from "./template-faults.ts";
import { tagsMax, templatesMax } from "./template-limits.ts";
import type { TemplatesModules } from "./templates-modules.ts";
import { buildTable, nameTable, openTable, templateTable } from "./templates-tables.ts";

/** What a new build is for. */
export interface PrepareRequest {
  readonly project: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly caps: Caps;
}

/** How often a commit is tried again that lost against another one. */
const triesMax = 8;

/** Templates and builds as records, with the commits that move them on. */
export class TemplateStore {
  readonly #modules: Pick<TemplatesModules, "state" | "clock" | "random">;

  constructor(modules: Pick<TemplatesModules, "state" | "clock" | "random">) {
    this.#modules = modules;
  }

  /** Makes a template where the name is new, and a build of it that waits for its plan. */
  async prepare(request: PrepareRequest): Promise<{ template: Template; build: Build }> {
    return this.#again(async () => {
      const { clock, random, state } = this.#modules;
      const { project, name, caps, tags } = request;
      const now = clock.now();
      const earlier = await this.find(project, name);
      if (earlier === undefined) await this.#checkRoom(project);
      const id = earlier?.document.id ?? newId("template", now, random);
      const build: Build = {
        id: newId("build", now, random),
        project,
        template: id,
        phase: "waiting",
        tags,
        caps,
        createdAt: now,
      };
      const template: Template = {
        ...(earlier?.document ?? { id, project, name, tags: {}, createdAt: now }),
        caps,
        lastBuild: build.id,
        updatedAt: now,
      };
      const at = `${project}/${id}`;
      await state.commit({
        checks: [
          ...(earlier === undefined
            ? [nameTable.absent(`${project}/${name}`)]
            : [templateTable.at(earlier)]),
        ],
        ops: [
          templateTable.put(at, template),
          nameTable.put(`${project}/${name}`, { id }),
          buildTable.put(`${project}/${build.id}`, build),
        ],
      });
      return { template, build };
    });
  }

  /** Gives a build its plan; from here on it is done, whoever does it. */
  async plan(project: string, id: string, plan: BuildPlan): Promise<Build> {
    const { state } = this.#modules;
    const found = await this.build(project, id);
    const { phase, plan: earlier } = found.document;
    if (phase !== "waiting" || earlier !== undefined) throw notWaiting(id, phase);
    const build = { ...found.document, plan };
    await state.commit({
      checks: [buildTable.at(found)],
      ops: [
        buildTable.put(found.id, build),
        openTable.put(id, { id, project, slot: plan.slot, replica: "", until: 0 }),
      ],
    });
    return build;
  }

  /** Moves a build on, and lets its tags stand for it where it is ready. */
  async change(found: StoredDocument<Build>, change: Partial<Build>): Promise<void> {
    const { state, clock } = this.#modules;
    const build = { ...found.document, ...change };
    const hasEnded = build.phase === "ready" || build.phase === "failed";
    const isReady = build.phase === "ready";
    await this.#again(async () => {
      const { project, template: id, tags } = build;
      const template = isReady ? await templateTable.get(state, `${project}/${id}`) : null;
      const tagged =
        template === null
          ? []
          : [
              templateTable.put(template.id, {
                ...template.document,
                tags: {
                  ...template.document.tags,
                  ...Object.fromEntries(tags.map((tag) => [tag, build.id])),
                },
                updatedAt: clock.now(),
              }),
            ];
      await state.commit({
        checks: [buildTable.at(found), ...(template === null ? [] : [templateTable.at(template)])],
        ops: [
          buildTable.put(found.id, build),
          ...tagged,
          ...(hasEnded ? [openTable.delete(build.id)] : []),
        ],
      });
    });
  }

  async build(project: string, id: string): Promise<StoredDocument<Build>> {
    const found = await buildTable.get(this.#modules.state, `${project}/${id}`);
    if (found === null) throw missing("build", id);
    return found;
  }

  /** A template by its name or id; undefined where the project has none. */
  async find(project: string, nameOrId: string): Promise<StoredDocument<Template> | undefined> {
    const { state } = this.#modules;
    const named = await nameTable.get(state, `${project}/${nameOrId}`);
    const id = named?.document.id ?? nameOrId;
    return (await templateTable.get(state, `${project}/${id}`)) ?? undefined;
  }

  async get(project: string, nameOrId: string): Promise<StoredDocument<Template>> {
    const found = await this.find(project, nameOrId);
    if (found === undefined) throw missing("template", nameOrId);
    return found;
  }

  async list(project: string): Promise<readonly Template[]> {
    const range = { prefix: `${project}/`, limit: templatesMax };
    const { documents } = await templateTable.list(this.#modules.state, range);
    return documents.map((each) => each.document);
  }

  async builds(project: string): Promise<readonly StoredDocument<Build>[]> {
    const range = { prefix: `${project}/`, limit: 1000, reverse: true };
    return (await buildTable.list(this.#modules.state, range)).documents;
  }

  /** Changes which builds tags stand for; null takes a tag away. */
  async tag(
    project: string,
    nameOrId: string,
    tags: Readonly<Record<string, string | null>>,
  ): Promise<Template> {
    return this.#again(async () => {
      const found = await this.get(project, nameOrId);
      const entries = { ...found.document.tags, ...tags };
      const kept = Object.entries(entries).filter(
        (each): each is [string, string] => each[1] !== null,
      );
      if (kept.length > tagsMax) throw tooMany("tags", tagsMax);
      const updatedAt = this.#modules.clock.now();
      const template = { ...found.document, tags: Object.fromEntries(kept), updatedAt };
      await this.#modules.state.commit({
        checks: [templateTable.at(found)],
        ops: [templateTable.put(found.id, template)],
      });
      return template;
    });
  }

  /** Removes a template with its builds; machines that were made of it stay. */
  async delete(project: string, nameOrId: string): Promise<Template> {
    return this.#again(async () => {
      const { state } = this.#modules;
      const found = await this.get(project, nameOrId);
      const { id, name } = found.document;
      const builds = (await this.builds(project)).filter((each) => each.document.template === id);
      await state.commit({
        checks: [templateTable.at(found)],
        ops: [
          templateTable.delete(found.id),
          nameTable.delete(`${project}/${name}`),
          ...builds.flatMap((each) => [
            buildTable.delete(each.id),
            openTable.delete(each.document.id),
          ]),
        ],
      });
      return found.document;
    });
  }

  async #checkRoom(project: string): Promise<void> {
    if ((await this.list(project)).length >= templatesMax) throw tooMany("templates", templatesMax);
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (tries === triesMax || !isFault(error, "version.mismatch")) throw error;
      }
    }
  }
}
