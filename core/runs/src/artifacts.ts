import type { BlobStore } from "@bedplate/blob";
import { type Digest, digestBytes, isDigest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { StateStore } from "@bedplate/state";
import { ArtifactClaims } from "./artifact-claims.ts";

/** The largest artifact. */
export const artifactBytesMax: number = 256 * 2 ** 20;

/** An artifact on trial: environments can read it, and it is stored only when it is kept. */
export interface OfferedArtifact extends Disposable {
  readonly digest: Digest;
  keep(): Promise<void>;
}

/** Content-addressed inputs: stored once for all projects, and there only for those that brought them. */
export class Artifacts {
  readonly claims: ArtifactClaims;
  readonly #blobs: BlobStore;
  readonly #offered = new Map<Digest, { readonly bytes: Uint8Array; uses: number }>();

  constructor(modules: { readonly blobs: BlobStore; readonly state: StateStore }) {
    this.#blobs = modules.blobs;
    this.claims = new ArtifactClaims(modules.state);
  }

  /** Lets environments look at bytes before they are stored; the record of a run claims them. */
  offer(bytes: Uint8Array): OfferedArtifact {
    const digest = digestBytes(bytes);
    const entry = this.#offered.get(digest) ?? { bytes, uses: 0 };
    entry.uses++;
    this.#offered.set(digest, entry);
    let isOver = false;
    return {
      digest,
      keep: async () => {
        await this.#blobs.putContent(bytes);
      },
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        entry.uses--;
        if (entry.uses === 0) this.#offered.delete(digest);
      },
    };
  }

  /** Stores a project's bytes; storing the same again does nothing. */
  async put(bytes: Uint8Array, project: string): Promise<Digest> {
    const { digest } = await this.#blobs.putContent(bytes);
    await this.claims.add({ project, artifact: digest });
    return digest;
  }

  /** Refuses an artifact that the project did not bring, as one that is not there. */
  async demandOwn(digest: Digest, project: string): Promise<void> {
    if (!isDigest(digest)) throw notDigest(digest);
    if (!(await this.claims.has({ project, artifact: digest }))) throw missing(digest);
  }

  /** The bytes of an artifact, for environments; `resource.missing` when there is none. */
  async read(
    digest: Digest,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Uint8Array> {
    // Other blobs have names of other forms; none of them is an artifact.
    if (!isDigest(digest)) throw notDigest(digest);
    const offered = this.#offered.get(digest);
    if (offered !== undefined) return offered.bytes;
    const bytes = await this.#blobs.get(digest, { ...options, bytesMax: artifactBytesMax });
    if (bytes !== null) return bytes;
    throw missing(digest);
  }
}

function missing(digest: Digest): Error {
  return raise("resource.missing", {
    op: "artifact.read",
    subject: `artifact/${digest}`,
    detail: { type: "artifact", id: digest },
    message: `Cannot read artifact/${digest}: there is none`,
  });
}

function notDigest(text: string): Error {
  return raise("argument.invalid", {
    op: "artifact.read",
    detail: { path: "/digest", rule: "must be sha256: and 64 hex digits" },
    message: `Cannot read the artifact "${text}": it must be sha256: and 64 hex digits`,
  });
}
