import { createHash, type Hash } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { type BlobPart, type LayerBlobs, layerPartBytes } from "../image/root-description.ts";

const compress = promisify(zstdCompress);

/** A quarter of the bytes of a level higher costs twice the time. */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Makes stored parts of the archive of a layer as it comes: each a frame of Zstandard of its own. */
export class LayerPacker {
  readonly #keep: (part: Uint8Array) => Promise<void>;
  readonly #hash: Hash = createHash("sha256");
  readonly #parts: BlobPart[] = [];
  #held: Uint8Array[] = [];
  #bytes = 0;
  #total = 0;

  constructor(keep: (part: Uint8Array) => Promise<void>) {
    this.#keep = keep;
  }

  /** Bytes of the archive so far. */
  get bytes(): number {
    return this.#total;
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.#held.push(chunk.slice());
    this.#bytes += chunk.length;
    this.#total += chunk.length;
    if (this.#bytes >= layerPartBytes) await this.#flush();
  }

  /** The layer that all chunks were; nothing may be added after it. */
  async finish(): Promise<LayerBlobs> {
    if (this.#bytes > 0) await this.#flush();
    const diffId = `sha256:${this.#hash.digest("hex")}`;
    return { diffId, compression: "zstd", parts: this.#parts };
  }

  async #flush(): Promise<void> {
    const part = await compress(Buffer.concat(this.#held), options);
    this.#held = [];
    this.#bytes = 0;
    await this.#keep(part);
    const digest = `sha256:${createHash("sha256").update(part).digest("hex")}`;
    this.#parts.push({ digest, bytes: part.length });
  }
}
