import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { textsType } from "./machine-views.ts";

/** A folder of the project that outlives machines. */
export interface VolumeView {
  readonly name: string;
  /** The slot whose machines can have it. */
  readonly slot: string;
  /** What fits into it. */
  readonly bytes: number;
  /** Where it is, and machines that have it. */
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The machines that have it until they are deleted: one that writes, or some that read. */
  readonly machines: readonly { readonly machine: string; readonly isReadOnly: boolean }[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface VolumePageView {
  readonly volumes: readonly VolumeView[];
  readonly next?: string | undefined;
}

export interface CreateVolumeBody {
  /** Lower-case letters, digits and hyphens. */
  readonly name: string;
  /** From 16 MiB. */
  readonly bytes: number;
  /** Default: the server's standard slot for machines. */
  readonly slot?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The labels that its node must have. */
  readonly nodeLabels?: Readonly<Record<string, string>> | undefined;
}

const closed = { additionalProperties: false } as const;
const bytes = () => Type.Integer({ minimum: 16 * 2 ** 20, maximum: 2 ** 46 });

const volumeType = Type.Object({
  name: Type.String(),
  slot: Type.String(),
  bytes: Type.Integer(),
  node: Type.String(),
  labels: textsType,
  machines: Type.Array(Type.Object({ machine: Type.String(), isReadOnly: Type.Boolean() })),
  createdAt: Type.Number(),
});

export const volumeViewSchema: Schema<VolumeView> = defineSchema(volumeType);
export const volumePageSchema: Schema<VolumePageView> = defineSchema(
  Type.Object({ volumes: Type.Array(volumeType), next: Type.Optional(Type.String()) }),
);
export const createVolumeSchema: Schema<CreateVolumeBody> = defineSchema(
  Type.Object(
    {
      name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
      bytes: bytes(),
      slot: Type.Optional(Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" })),
      labels: Type.Optional(textsType),
      nodeLabels: Type.Optional(textsType),
    },
    closed,
  ),
);
