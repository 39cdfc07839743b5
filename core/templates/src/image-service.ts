import { digestBytes } from "@bedplate/codec";
import {
  type ImageSource,
  layoutArchive,
  parseReference,
  referenceText,
  storeImage,
} from "@bedplate/oci";
import type { PulledImage } from "./image.ts";
import { keepRoot } from "./kept-roots.ts";
import { missing } from "./template-faults.ts";
import type { TemplatesModules } from "./templates-modules.ts";
import { imageTable, layerTable } from "./templates-tables.ts";

/** Most images of one listing. */
const imagesMax = 1_000;

/** Images of registries, as artifacts that machines are made of. */
export class ImageService {
  readonly #modules: TemplatesModules;
  /** Pulls under way, by project and reference: whoever asks for the same waits for it. */
  readonly #pulling = new Map<string, Promise<PulledImage>>();

  constructor(modules: TemplatesModules) {
    this.#modules = modules;
  }

  /** Reads an image and keeps its layers; what is kept already is not read again. */
  async pull(
    project: string,
    reference: string,
    options: { readonly signal: AbortSignal },
  ): Promise<PulledImage> {
    const name = referenceText(parseReference(reference));
    const key = `${project}/${name}`;
    const underWay = this.#pulling.get(key);
    // Whoever began may leave; then the others begin anew.
    if (underWay !== undefined) {
      const pulled = await underWay.catch(() => undefined);
      options.signal.throwIfAborted();
      return pulled ?? this.pull(project, name, options);
    }
    const pulling = Promise.resolve().then(() => this.#pull(project, name, options.signal));
    this.#pulling.set(key, pulling);
    try {
      return await pulling;
    } finally {
      this.#pulling.delete(key);
    }
  }

  /** Keeps an image that is brought as an OCI layout in a tar archive, under a reference. */
  async load(
    project: string,
    reference: string,
    options: { readonly layout: Uint8Array; readonly signal: AbortSignal },
  ): Promise<PulledImage> {
    const name = referenceText(parseReference(reference));
    const source = await layoutArchive(options.layout);
    return this.#store(source, { project, reference: name, signal: options.signal });
  }

  #pull(project: string, reference: string, signal: AbortSignal): Promise<PulledImage> {
    const source = this.#modules.openImage(parseReference(reference));
    return this.#store(source, { project, reference, signal });
  }

  async #store(
    source: ImageSource,
    options: { readonly project: string; readonly reference: string; readonly signal: AbortSignal },
  ): Promise<PulledImage> {
    const { blobs, clock, limits, state } = this.#modules;
    const { project, reference, signal } = options;
    const stored = await storeImage(source, {
      keep: async (part) => void (await blobs.putContent(part, { signal })),
      known: async (digest) => {
        const found = await layerTable.get(state, layerId(project, digest));
        return found === null || !(await this.#areThere(found.document.parts))
          ? undefined
          : found.document.parts;
      },
      kept: async (digest, parts) => {
        const layer = { parts, at: clock.now() };
        await state.commit({ ops: [layerTable.put(layerId(project, digest), layer)] });
      },
      bytesMax: limits.imageBytesMax,
      signal,
    });
    const image: PulledImage = {
      project,
      reference,
      digest: stored.digest,
      root: await keepRoot(this.#modules, stored.root, { project }),
      bytes: stored.bytes,
      layers: stored.root.layers.length,
      pulledAt: clock.now(),
    };
    await state.commit({ ops: [imageTable.put(imageId(project, reference), image)] });
    return image;
  }

  /** An image that was pulled; undefined where it was not. */
  async find(project: string, reference: string): Promise<PulledImage | undefined> {
    const name = referenceText(parseReference(reference));
    return (await imageTable.get(this.#modules.state, imageId(project, name)))?.document;
  }

  async list(project: string): Promise<readonly PulledImage[]> {
    const range = { prefix: `${project}/`, limit: imagesMax };
    const { documents } = await imageTable.list(this.#modules.state, range);
    return documents
      .map((each) => each.document)
      .toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  }

  /** Forgets an image; machines and templates that stand on it stay. */
  async delete(project: string, reference: string): Promise<void> {
    const name = referenceText(parseReference(reference));
    if ((await this.find(project, name)) === undefined) throw missing("image", name);
    await this.#modules.state.commit({ ops: [imageTable.delete(imageId(project, name))] });
  }

  async #areThere(parts: readonly { readonly digest: string }[]): Promise<boolean> {
    for (const { digest } of parts) {
      if ((await this.#modules.blobs.stat(digest)) === null) return false;
    }
    return true;
  }
}

function layerId(project: string, digest: string): string {
  return `${project}/${digest.slice("sha256:".length)}`;
}

function imageId(project: string, reference: string): string {
  return `${project}/${digestBytes(new TextEncoder().encode(reference)).slice(7)}`;
}
