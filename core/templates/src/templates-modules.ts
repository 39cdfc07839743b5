import type { BlobStore } from "@bedplate/blob";
import type { Clock, Random } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import type { ImageReference, ImageSource } from "@bedplate/oci";
import type { Registry } from "@bedplate/registry";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";

/** Small content-addressed inputs, as `core/runs` keeps them for projects. */
export interface ArtifactShelf {
  put(bytes: Uint8Array, project: string): Promise<Digest>;
  read(digest: Digest, options: { readonly signal?: AbortSignal | undefined }): Promise<Uint8Array>;
  demandOwn(digest: Digest, project: string): Promise<void>;
}

/** Limits of this replica. */
export interface TemplateLimits {
  /** Builds that are done at once; more wait. */
  readonly buildsMax: number;
  /** Packed bytes of one image. */
  readonly imageBytesMax: number;
}

/** What the package is built from. */
export interface TemplatesModules {
  /** Names this replica to the others. */
  readonly replica: string;
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly artifacts: ArtifactShelf;
  readonly registry: Pick<Registry, "slots">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: TemplateLimits;
  /** Where an image is read from; throws `permission.denied` for a registry that is not allowed. */
  readonly openImage: (reference: ImageReference) => ImageSource;
}
