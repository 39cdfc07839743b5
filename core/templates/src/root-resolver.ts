import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { type LayeredRoot, layeredRootSchema, parseReference, referenceText } from "@bedplate/oci";
import type { ImageService } from "./image-service.ts";
import { parseRootReference } from "./root-reference.ts";
import type { StartPlan, Template } from "./template.ts";
import { missing } from "./template-faults.ts";
import type { TemplateStore } from "./template-store.ts";
import type { TemplatesModules } from "./templates-modules.ts";

/** What a root reference stands for. */
export interface ResolvedRoot {
  /** The artifact to make machines of. */
  readonly root: Digest;
  /** Of templates: what is run at the start, and the caps of machines that name none. */
  readonly start?: StartPlan | undefined;
  readonly template?: Template | undefined;
  readonly build?: string | undefined;
}

/** The root of a machine on its host's own programs. */
const hostRoot = '{"root":"host"}';

/** Finds what root references stand for. */
export class RootResolver {
  readonly #modules: Pick<TemplatesModules, "artifacts">;
  readonly #store: TemplateStore;
  readonly #images: ImageService;

  constructor(
    modules: Pick<TemplatesModules, "artifacts">,
    options: { readonly store: TemplateStore; readonly images: ImageService },
  ) {
    this.#modules = modules;
    this.#store = options.store;
    this.#images = options.images;
  }

  /** What a reference stands for at this moment; an image that this project lacks is pulled first. */
  async resolve(
    project: string,
    text: string,
    options: { readonly signal: AbortSignal },
  ): Promise<ResolvedRoot> {
    const reference = parseRootReference(text);
    if (reference.kind === "host") {
      const bytes = new TextEncoder().encode(hostRoot);
      return { root: await this.#modules.artifacts.put(bytes, project) };
    }
    if (reference.kind === "template") {
      return this.#template(project, reference.name, reference.tag);
    }
    if (reference.kind === "image") {
      const name = referenceText(parseReference(reference.reference));
      const known = await this.#images.find(project, name);
      const image = known ?? (await this.#images.pull(project, name, options));
      return { root: image.root };
    }
    await this.#modules.artifacts.demandOwn(reference.digest as Digest, project);
    return { root: reference.digest as Digest };
  }

  /** The description in an artifact, as something that layers can be put onto. */
  async describe(root: Digest, options: { readonly signal: AbortSignal }): Promise<LayeredRoot> {
    const bytes = await this.#modules.artifacts.read(root, options);
    const value = parseJson(bytes) as { readonly root?: unknown } | null;
    if (value?.root === "host")
      return { root: "layers", base: "host", layers: [], config: { env: {} } };
    if (value?.root === "layers")
      return layeredRootSchema.parse(value, { what: "the root", op: "templates.build" });
    throw raise("argument.invalid", {
      op: "templates.build",
      detail: { path: "/from", rule: "a root description" },
      message: "Cannot build on the artifact: it is no root description",
    });
  }

  async #template(project: string, name: string, tag: string): Promise<ResolvedRoot> {
    const { document: template } = await this.#store.get(project, name);
    const id = template.tags[tag];
    if (id === undefined) throw missing("template", `${name}:${tag}`);
    const { document: build } = await this.#store.build(project, id);
    if (build.root === undefined) throw missing("template", `${name}:${tag}`);
    return { root: build.root, start: build.plan?.start, template, build: build.id };
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
