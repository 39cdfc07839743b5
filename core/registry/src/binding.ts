import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type ReleaseRef, releaseRefFields } from "./release.ts";

/** Which release a slot stands for. Every change takes the next generation. */
export interface Binding {
  readonly slot: string;
  readonly generation: number;
  readonly release: ReleaseRef;
}

export const bindingSchema: Schema<Binding> = defineSchema(
  Type.Object(
    {
      slot: Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" }),
      generation: Type.Integer({ minimum: 1 }),
      release: Type.Object({ ...releaseRefFields }, { additionalProperties: false }),
    },
    { additionalProperties: false },
  ),
);
