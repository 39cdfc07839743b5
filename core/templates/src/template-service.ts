import type { Caps } from "@bedplate/environment";
import { BuildFilesStore } from "./build/build-files.ts";
import { readLog } from "./build/build-log.ts";
import { BuildQueue } from "./build/build-queue.ts";
import { ImageService } from "./image-service.ts";
import { tagDefault, tagPattern, templateNamePattern } from "./root-reference.ts";
import { type ResolvedRoot, RootResolver } from "./root-resolver.ts";
import {
  type Build,
  type BuildLogEntry,
  type BuildPlan,
  buildPlanSchema,
  type Template,
} from "./template.ts";
import { refuse } from "./template-faults.ts";
import { logPageMax, tagsMax } from "./template-limits.ts";
import { TemplateStore } from "./template-store.ts";
import type { TemplatesModules } from "./templates-modules.ts";

/** What a build is asked for. */
export interface BuildRequest {
  readonly project: string;
  readonly name: string;
  /** Default: `default`. */
  readonly tags?: readonly string[] | undefined;
  readonly caps?: Caps | undefined;
}

/** What a plan may leave out. */
export interface BuildPlanRequest extends Pick<BuildPlan, "from" | "steps" | "start"> {
  readonly isForced?: boolean | undefined;
  /** Default: `container`. */
  readonly slot?: string | undefined;
  /** Default: true. */
  readonly hasNetwork?: boolean | undefined;
}

/** The slot whose machines do the steps where a plan names none. */
const slotDefault = "container";

/** How often a build is looked at for whoever waits for its end. */
const waitEveryMs = 250;

/** Templates: root file systems by name, and the builds that make them. */
export class TemplateService implements AsyncDisposable {
  /** Images of registries. */
  readonly images: ImageService;
  /** Archives for COPY steps. */
  readonly files: BuildFilesStore;
  readonly #modules: TemplatesModules;
  readonly #store: TemplateStore;
  readonly #roots: RootResolver;
  readonly #queue: BuildQueue;

  constructor(modules: TemplatesModules) {
    this.#modules = modules;
    this.#store = new TemplateStore(modules);
    this.images = new ImageService(modules);
    this.files = new BuildFilesStore(modules);
    this.#roots = new RootResolver(modules, { store: this.#store, images: this.images });
    const parts = { ...modules, roots: this.#roots, files: this.files };
    this.#queue = new BuildQueue(parts, { store: this.#store });
  }

  /** Begins to do builds. */
  start(): void {
    this.#queue.start();
  }

  /** Makes a template where the name is new, and a build of it that waits for its plan. */
  async prepare(
    request: BuildRequest,
  ): Promise<{ readonly template: Template; readonly build: Build }> {
    const { project, name, tags = [tagDefault], caps = {} } = request;
    if (!new RegExp(templateNamePattern).test(name))
      throw refuse("/name", "must be of small letters, digits and . _ -");
    checkTags(tags);
    return this.#store.prepare({ project, name, tags, caps });
  }

  /** Gives a build its plan: from here on it is done, also when nobody waits. */
  async plan(project: string, build: string, request: BuildPlanRequest): Promise<Build> {
    return this.#keepPlan(project, build, await this.#checkPlan(project, request));
  }

  /** Prepares a build and gives it its plan; a plan that is refused leaves no template. */
  async build(
    request: BuildRequest,
    asked: BuildPlanRequest,
  ): Promise<{ readonly template: Template; readonly build: Build }> {
    const { project } = request;
    const plan = await this.#checkPlan(project, asked);
    const { template, build } = await this.prepare(request);
    return { template, build: await this.#keepPlan(project, build.id, plan) };
  }

  /** A template by its name or id. */
  async get(project: string, nameOrId: string): Promise<Template> {
    return (await this.#store.get(project, nameOrId)).document;
  }

  /** A template by its name or id; undefined where the project has none. */
  async find(project: string, nameOrId: string): Promise<Template | undefined> {
    return (await this.#store.find(project, nameOrId))?.document;
  }

  list(project: string): Promise<readonly Template[]> {
    return this.#store.list(project);
  }

  /** Removes a template with its builds; machines that were made of it stay. */
  async delete(project: string, nameOrId: string): Promise<void> {
    const builds = await this.builds(project, nameOrId);
    await this.#store.delete(project, nameOrId);
    for (const { id } of builds) this.#queue.cancel(id);
  }

  /** Lets tags stand for the build that another tag, or a build's id, names; null takes one away. */
  async tag(
    project: string,
    nameOrId: string,
    tags: Readonly<Record<string, string | null>>,
  ): Promise<Template> {
    const template = await this.get(project, nameOrId);
    checkTags(Object.keys(tags));
    const builds = Object.entries(tags).map(async ([tag, from]) => {
      if (from === null) return [tag, null] as const;
      const id = template.tags[from] ?? from;
      const build = await this.getBuild(project, id);
      if (build.template !== template.id || build.phase !== "ready")
        throw refuse("/tags", "must name a build of the template that is ready");
      return [tag, id] as const;
    });
    return this.#store.tag(project, template.id, Object.fromEntries(await Promise.all(builds)));
  }

  async getBuild(project: string, id: string): Promise<Build> {
    return (await this.#store.build(project, id)).document;
  }

  /** The builds of a template, newest first. */
  async builds(project: string, nameOrId: string): Promise<readonly Build[]> {
    const { id } = await this.get(project, nameOrId);
    const builds = await this.#store.builds(project);
    return builds.map((each) => each.document).filter((each) => each.template === id);
  }

  /** Waits until a build has ended, or until the signal aborts: then it answers how far it is. */
  async wait(
    project: string,
    id: string,
    options: { readonly signal: AbortSignal },
  ): Promise<Build> {
    for (;;) {
      const build = await this.getBuild(project, id);
      if (build.phase === "ready" || build.phase === "failed" || options.signal.aborted)
        return build;
      await this.#modules.clock.sleep(waitEveryMs, options).catch(() => {});
    }
  }

  /** Entries of a build's log, from one on. A page with fewer than `limit` reaches the end of the log as it is. */
  async logs(
    project: string,
    id: string,
    options: { readonly from?: number | undefined; readonly limit?: number | undefined } = {},
  ): Promise<readonly BuildLogEntry[]> {
    await this.getBuild(project, id);
    const { from = 0, limit = 100 } = options;
    return readLog(this.#modules.state, id, { from, limit: Math.min(limit, logPageMax) });
  }

  /** The log as it grows, until the build has ended and all was told. */
  async *follow(
    project: string,
    id: string,
    options: { readonly from?: number | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<BuildLogEntry, void, void> {
    let { from = 0 } = options;
    for (;;) {
      const { phase } = await this.getBuild(project, id);
      const entries = await this.logs(project, id, { from, limit: logPageMax });
      yield* entries;
      from += entries.length;
      if (options.signal.aborted) return;
      if (entries.length > 0) continue;
      if (phase === "ready" || phase === "failed") return;
      await this.#modules.clock.sleep(waitEveryMs, options).catch(() => {});
    }
  }

  /** What a root reference stands for: `host`, `template:NAME[:TAG]`, `image:REFERENCE`, `artifact:DIGEST`. */
  resolve(
    project: string,
    reference: string,
    options: { readonly signal: AbortSignal },
  ): Promise<ResolvedRoot> {
    return this.#roots.resolve(project, reference, options);
  }

  async #checkPlan(project: string, request: BuildPlanRequest): Promise<BuildPlan> {
    const { isForced = false, slot = slotDefault, hasNetwork = true } = request;
    const plan = { ...request, isForced, slot, hasNetwork };
    const checked = buildPlanSchema.parse(plan, { what: "the plan", op: "templates.build" });
    // What cannot be done at all is told at once.
    this.#modules.registry.slots.current(slot);
    for (const step of checked.steps) {
      if (step.kind === "COPY") await this.files.get(project, step.files);
    }
    return checked;
  }

  async #keepPlan(project: string, build: string, plan: BuildPlan): Promise<Build> {
    const planned = await this.#store.plan(project, build, plan);
    this.#queue.wake();
    return planned;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#queue[Symbol.asyncDispose]();
  }
}

function checkTags(tags: readonly string[]): void {
  const isOdd = tags.length > tagsMax || tags.some((tag) => !new RegExp(tagPattern).test(tag));
  if (isOdd) throw refuse("/tags", "must be at most 100 words of letters, digits and . _ -");
}
