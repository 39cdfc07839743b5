import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** A folder of a project that outlives machines. */
export interface Volume {
  /** Names it on its node; a later volume of the same name has another. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Counts the changes of this record. */
  readonly edition: number;
  /** The slot whose machines can have it. */
  readonly slot: string;
  /** What fits into it. */
  readonly bytes: number;
  /** Where it is, for ever: machines that have it are there. */
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The machines that have it: one that writes, or some that read. */
  readonly holders: readonly VolumeHolder[];
  readonly createdAt: number;
}

/** A machine has its volumes from when it is made until it is deleted. */
export interface VolumeHolder {
  readonly machine: string;
  readonly isReadOnly: boolean;
}

/** A volume in a machine's record. */
export interface MachineVolume {
  /** The volume's id. */
  readonly volume: string;
  readonly name: string;
  readonly path: string;
  readonly isReadOnly: boolean;
  readonly bytes: number;
}

/** Most machines that have one volume. */
export const holdersMax = 256;

/** Volumes are as small, or as large, as this. */
export const volumeBytesMin: number = 16 * 2 ** 20;
export const volumeBytesMax: number = 2 ** 46;

/** What a volume may be called. */
export const volumeNameText = "^[a-z0-9][a-z0-9-]{0,62}$";

const closed = { additionalProperties: false } as const;

export const volumeSchema: Schema<Volume> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      name: Type.String(),
      edition: Type.Integer({ minimum: 1 }),
      slot: Type.String(),
      bytes: Type.Integer({ minimum: 1 }),
      node: Type.String(),
      labels: Type.Record(Type.String(), Type.String()),
      holders: Type.Array(
        Type.Object({ machine: Type.String(), isReadOnly: Type.Boolean() }, closed),
      ),
      createdAt: Type.Number(),
    },
    closed,
  ),
);

/** What can happen to a volume. */
export type VolumeEventKind = "created" | "mounted" | "unmounted" | "deleted" | "erased";

/** Something that happened to a volume. */
export interface VolumeEvent {
  readonly project: string;
  /** The volume's name. */
  readonly volume: string;
  readonly kind: VolumeEventKind;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

export const volumeEventSchema: Schema<VolumeEvent> = defineSchema(
  Type.Object(
    {
      project: Type.String(),
      volume: Type.String(),
      kind: Type.Unsafe<VolumeEventKind>(Type.String()),
      at: Type.Number(),
      detail: Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      ),
    },
    closed,
  ),
);
