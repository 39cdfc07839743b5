import type { Digest } from "@bedplate/codec";
import { type Caps, capsSchema, type SnapshotManifest } from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { MachineStart } from "./machine-start.ts";

/** A durable image of a machine, under a name of its project. */
export interface MachineSnapshot {
  readonly id: string;
  readonly project: string;
  /** The machine that it was captured from. */
  readonly machine: string;
  /** A name that its maker gives it; need not be unique. */
  readonly name?: string | undefined;
  readonly slot: string;
  readonly artifact: Digest;
  readonly config: Readonly<Record<string, unknown>>;
  readonly caps: Caps;
  readonly env: Readonly<Record<string, string>>;
  readonly start?: MachineStart | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifest: SnapshotManifest;
  readonly bytes: number;
  readonly createdAt: number;
}

export const machineSnapshotSchema: Schema<MachineSnapshot> = defineSchema(
  Type.Unsafe<MachineSnapshot>(
    Type.Object(
      {
        id: Type.String(),
        project: Type.String(),
        machine: Type.String(),
        name: Type.Optional(Type.String()),
        slot: Type.String(),
        artifact: Type.String(),
        config: Type.Record(Type.String(), Type.Unknown()),
        caps: Type.Unsafe(capsSchema.jsonSchema as object),
        env: Type.Record(Type.String(), Type.String()),
        start: Type.Optional(Type.Object({ command: Type.String() })),
        annotations: Type.Record(Type.String(), Type.String()),
        manifest: Type.Object({ scope: Type.String() }),
        bytes: Type.Integer({ minimum: 0 }),
        createdAt: Type.Number(),
      },
      { additionalProperties: false },
    ),
  ),
);
