import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Where the code of a release lies that did not come with the distribution. */
export interface ReleaseOrigin {
  /** A program serves the wire by itself; a module exports a plug-in, or a function that makes one. */
  readonly kind: "program" | "module";
  /** Absolute path. All of its files are the release. */
  readonly folder: string;
  /** Digest of all of them; what has another one is not mounted. */
  readonly files: Digest;
  /** The file in the folder that is started or loaded. */
  readonly main: string;
  /** What executes a program, by its name; a program without one executes itself. */
  readonly interpreter?: string | undefined;
  /** Arguments of a program. */
  readonly args?: readonly string[] | undefined;
  /** The export of a module. */
  readonly exportName?: string | undefined;
}

const text = () => Type.String({ minLength: 1, maxLength: 4096 });

export const releaseOriginSchema: Schema<ReleaseOrigin> = defineSchema(
  Type.Object(
    {
      kind: Type.Union([Type.Literal("program"), Type.Literal("module")]),
      folder: text(),
      files: Type.Unsafe<Digest>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" })),
      main: text(),
      interpreter: Type.Optional(text()),
      args: Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 64 })),
      exportName: Type.Optional(text()),
    },
    { additionalProperties: false },
  ),
);
