import { BlobStore } from "@bedplate/blob";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { seededRandom, systemClock } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { ImageSource } from "@bedplate/oci";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import { TemplateService, type TemplatesModules } from "../src/index.ts";
import { type Script, ScriptedEnvironment } from "./scripted-environment.ts";

/** Stores that replicas share, and what opens replicas on them. */
export interface TemplateRig {
  readonly environment: ScriptedEnvironment;
  readonly state: StateStore;
  readonly blobs: BlobStore;
  /** A replica; it begins to do builds unless told otherwise. */
  replica(options?: {
    readonly isIdle?: boolean;
    readonly clock?: TemplatesModules["clock"];
    readonly openImage?: () => ImageSource;
  }): TemplateService;
}

export async function openTemplateRig(script?: Script): Promise<TemplateRig> {
  const environment = new ScriptedEnvironment(script);
  const state = new StateStore(await openMemoryState());
  const blobs = new BlobStore(await openMemoryBlob());
  let count = 0;
  return {
    environment,
    state,
    blobs,
    replica(options = {}) {
      const { isIdle = false, clock = systemClock, openImage = noImages } = options;
      const replica = `replica-${count++}`;
      const templates = new TemplateService({
        replica,
        state,
        blobs,
        artifacts: shelf(blobs),
        registry: environment.registry,
        clock,
        random: seededRandom(replica),
        log: silentLog,
        limits: { buildsMax: 2, imageBytesMax: 1_000_000 },
        openImage,
      });
      if (!isIdle) templates.start();
      return templates;
    },
  };
}

function shelf(blobs: BlobStore): TemplatesModules["artifacts"] {
  return {
    put: async (bytes) => (await blobs.putContent(bytes)).digest,
    read: async (digest) => (await blobs.get(digest)) ?? new Uint8Array(),
    demandOwn: async (digest: Digest) => {
      if ((await blobs.stat(digest)) === null) throw new Error("not there");
    },
  };
}

function noImages(): ImageSource {
  throw raise("permission.denied", {
    op: "image.pull",
    detail: { permission: "registry" },
    message: "Cannot pull: there is no registry here",
  });
}
