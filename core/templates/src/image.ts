import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** An image of a registry that a project has pulled. */
export interface PulledImage {
  readonly project: string;
  /** In full: registry, repository, and tag or digest. */
  readonly reference: string;
  /** Of its manifest. */
  readonly digest: string;
  /** The artifact that machines are made of. */
  readonly root: Digest;
  /** Packed bytes of its layers. */
  readonly bytes: number;
  readonly layers: number;
  readonly pulledAt: number;
}

export const pulledImageSchema: Schema<PulledImage> = defineSchema(
  Type.Object(
    {
      project: Type.String(),
      reference: Type.String(),
      digest: Type.String(),
      root: Type.String(),
      bytes: Type.Integer({ minimum: 0 }),
      layers: Type.Integer({ minimum: 0 }),
      pulledAt: Type.Integer({ minimum: 0 }),
    },
    { additionalProperties: false },
  ),
) as Schema<PulledImage>;
