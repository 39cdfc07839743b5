import {
  type BuildFilesView,
  type BuildLogView,
  type BuildTemplateBody,
  type BuildView,
  buildTemplate,
  deleteImage,
  deleteTemplate,
  followBuild,
  getBuild,
  getTemplate,
  type ImageView,
  listBuilds,
  listImages,
  listTemplates,
  loadImage,
  pullImage,
  putBuildFiles,
  type TagBody,
  type TemplateView,
  tagTemplate,
} from "@bedplate/routes";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

/** One round of waiting; the server answers at the end of the build or after this long. */
const waitRoundMs = 30_000;

/** Root file systems by name, and the builds that make them. */
export class TemplatesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Begins a build; it goes on whether or not anybody waits. */
  build(body: BuildTemplateBody): Promise<BuildView> {
    return this.#transport.call(buildTemplate, { body });
  }

  /** Keeps a tar archive, plain or packed, under a name that COPY steps use. */
  putFiles(name: string, bytes: Uint8Array): Promise<BuildFilesView> {
    return this.#transport.call(putBuildFiles, { params: { name }, body: bytes });
  }

  async list(): Promise<readonly TemplateView[]> {
    return (await this.#transport.call(listTemplates)).templates;
  }

  /** A template by its name or id. */
  get(template: string): Promise<TemplateView> {
    return this.#transport.call(getTemplate, { params: { template } });
  }

  async delete(template: string): Promise<void> {
    await this.#transport.call(deleteTemplate, { params: { template } });
  }

  /** Lets tags stand for other builds; null takes one away. */
  tag(template: string, tags: TagBody["tags"]): Promise<TemplateView> {
    return this.#transport.call(tagTemplate, { params: { template }, body: { tags } });
  }

  /** The builds of a template, newest first. */
  async builds(template: string): Promise<readonly BuildView[]> {
    return (await this.#transport.call(listBuilds, { params: { template } })).builds;
  }

  getBuild(
    id: string,
    options: Waiting & { readonly waitMs?: number | undefined } = {},
  ): Promise<BuildView> {
    const { signal, waitMs } = options;
    return this.#transport.call(getBuild, { params: { id }, query: { waitMs }, signal });
  }

  /** Waits until the build has ended. */
  async wait(id: string, options: Waiting = {}): Promise<BuildView> {
    for (;;) {
      const build = await this.getBuild(id, { ...options, waitMs: waitRoundMs });
      if (build.phase === "ready" || build.phase === "failed") return build;
    }
  }

  /** The log of a build; with `follow`, until it has ended. */
  logs(
    id: string,
    options: Waiting & {
      readonly from?: number | undefined;
      readonly follow?: boolean | undefined;
    } = {},
  ): AsyncGenerator<BuildLogView, void, void> {
    const { from, follow, signal } = options;
    return this.#transport.events(followBuild, { params: { id }, query: { from, follow }, signal });
  }
}

/** Images of registries. */
export class ImagesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  pull(reference: string, options: Waiting = {}): Promise<ImageView> {
    return this.#transport.call(pullImage, { body: { reference }, ...options });
  }

  /** Brings an image as an OCI layout in a tar archive. */
  load(reference: string, archive: Uint8Array): Promise<ImageView> {
    return this.#transport.call(loadImage, { query: { reference }, body: archive });
  }

  async list(): Promise<readonly ImageView[]> {
    return (await this.#transport.call(listImages)).images;
  }

  async delete(reference: string): Promise<void> {
    await this.#transport.call(deleteImage, { query: { reference } });
  }
}
