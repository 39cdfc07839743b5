import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";
import { type Volume, type VolumeEvent, volumeEventSchema, volumeSchema } from "./volume.ts";

/** How many volumes a project has, or a node, and their bytes. */
export interface VolumeTally {
  readonly volumes: number;
  readonly bytes: number;
}

/** A volume whose record is gone, and whose bytes are not. */
export interface ErasingVolume {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly slot: string;
  readonly node: string;
  readonly bytes: number;
}

interface VolumeOnce {
  readonly name: string;
  readonly request: string;
}

const closed = { additionalProperties: false } as const;
const text = () => Type.String();
const amount = () => Type.Integer({ minimum: 0 });

const tallySchema: Schema<VolumeTally> = defineSchema(
  Type.Object({ volumes: amount(), bytes: amount() }, closed),
);
const erasingSchema: Schema<ErasingVolume> = defineSchema(
  Type.Object(
    { id: text(), project: text(), name: text(), slot: text(), node: text(), bytes: amount() },
    closed,
  ),
);
const onceSchema: Schema<VolumeOnce> = defineSchema(
  Type.Object({ name: text(), request: text() }, closed),
);

/** `<project>/<name>`. */
export const volumeTable: DocumentTable<Volume> = new DocumentTable({
  name: "volume",
  schema: volumeSchema,
});
/** `<node>/<id>`: what a node has yet to erase. */
export const erasingTable: DocumentTable<ErasingVolume> = new DocumentTable({
  name: "volume-erasing",
  schema: erasingSchema,
});
/** `<project>`. */
export const volumeTallyTable: DocumentTable<VolumeTally> = new DocumentTable({
  name: "volume-tally",
  schema: tallySchema,
});
/** `<node>`: volumes that are being erased count. */
export const volumeUseTable: DocumentTable<VolumeTally> = new DocumentTable({
  name: "volume-use",
  schema: tallySchema,
});
/** `<project>/<digest of the key>`. */
export const volumeOnceTable: DocumentTable<VolumeOnce> = new DocumentTable({
  name: "volume-once",
  schema: onceSchema,
});
/** `<project>/<volume's id>-<edition>-<number>`. */
export const volumeEventTable: DocumentTable<VolumeEvent> = new DocumentTable({
  name: "volume-event",
  schema: volumeEventSchema,
});
