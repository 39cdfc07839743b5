import { type LayeredRoot, layeredRootSchema, rootDescriptionBytesMax } from "@bedplate/oci";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What an artifact of a machine says: this host's own programs, with nothing of its configuration. */
export interface HostRoot {
  readonly root: "host";
}

const hostSchema: Schema<HostRoot> = defineSchema(
  Type.Object({ root: Type.Literal("host") }, { additionalProperties: false }),
);

/** What an artifact is, or why it is nothing that a machine can be made of. */
export type RootReading =
  | { readonly kind: "host" }
  | { readonly kind: "layers"; readonly root: LayeredRoot }
  | { readonly kind: "image"; readonly layout: Uint8Array }
  | { readonly kind: "none"; readonly reason: string };

/** Reads an artifact: a description in JSON, or an OCI image layout as a tar archive. */
export function readRoot(artifact: Uint8Array): RootReading {
  if (isTar(artifact)) return { kind: "image", layout: artifact };
  if (artifact.length > rootDescriptionBytesMax)
    return { kind: "none", reason: "neither a description nor a tar archive" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(artifact);
    const value = JSON.parse(text) as { readonly root?: unknown } | null;
    const what = { what: "the root", op: "environment.admit" };
    if (value?.root === "layers")
      return { kind: "layers", root: layeredRootSchema.parse(value, what) };
    hostSchema.parse(value, what);
    return { kind: "host" };
  } catch (error) {
    return { kind: "none", reason: (error as Error).message.slice(0, 512) };
  }
}

/** Every tar archive of POSIX has this word at this place. */
function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(257, 262)) === "ustar";
}
