import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What an artifact of a machine says: which root file system it has. */
export interface RootDescription {
  /** `host`: this host's own programs, read-only, with nothing of its configuration. */
  readonly root: "host";
}

const rootSchema: Schema<RootDescription> = defineSchema(
  Type.Object({ root: Type.Literal("host") }, { additionalProperties: false }),
);

/** What an artifact is, or why it is nothing that a machine can be made of. */
export type RootReading =
  | { readonly kind: "host" }
  | { readonly kind: "image"; readonly layout: Uint8Array }
  | { readonly kind: "none"; readonly reason: string };

/** Largest description. */
const descriptionBytesMax = 64 * 1024;

/** Reads an artifact: a description in JSON, or an OCI image layout as a tar archive. */
export function readRoot(artifact: Uint8Array): RootReading {
  if (isTar(artifact)) return { kind: "image", layout: artifact };
  if (artifact.length > descriptionBytesMax)
    return { kind: "none", reason: "neither a description nor a tar archive" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(artifact);
    const { root } = rootSchema.parse(JSON.parse(text), {
      what: "the root",
      op: "environment.admit",
    });
    return { kind: root };
  } catch (error) {
    return { kind: "none", reason: (error as Error).message.slice(0, 512) };
  }
}

/** Every tar archive of POSIX has this word at this place. */
function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(257, 262)) === "ustar";
}
