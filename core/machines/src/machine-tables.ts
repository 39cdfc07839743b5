import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";
import { type Machine, machineSchema } from "./machine.ts";
import { type MachineEvent, machineEventSchema } from "./machine-event.ts";
import { type MachineSnapshot, machineSnapshotSchema } from "./machine-snapshot.ts";

/** Where a machine's record is. */
export interface MachineRef {
  readonly project: string;
  readonly id: string;
}

/** A machine that waits for a node. */
export interface Waiting extends MachineRef {
  readonly priority: number;
  readonly since: number;
}

/** How many machines a project has. */
export interface Tally {
  readonly machines: number;
}

interface Once {
  readonly machine: string;
  readonly request: string;
}

const closed = { additionalProperties: false } as const;
const text = () => Type.String();

const refSchema: Schema<MachineRef> = defineSchema(
  Type.Object({ project: text(), id: text() }, closed),
);
const waitingSchema: Schema<Waiting> = defineSchema(
  Type.Object(
    { project: text(), id: text(), priority: Type.Integer(), since: Type.Number() },
    closed,
  ),
);
const tallySchema: Schema<Tally> = defineSchema(
  Type.Object({ machines: Type.Integer({ minimum: 0 }) }, closed),
);
const onceSchema: Schema<Once> = defineSchema(
  Type.Object({ machine: text(), request: text() }, closed),
);

/** `<project>/<id>`: machines that are not deleted. */
export const machineTable: DocumentTable<Machine> = new DocumentTable({
  name: "machine",
  schema: machineSchema,
});
/** `<project>/<id>`: deleted ones, for as long as somebody may ask what became of them. */
export const goneTable: DocumentTable<Machine> = new DocumentTable({
  name: "gone",
  schema: machineSchema,
});
/** `<node>/<id>`: which machines a node has. */
export const heldTable: DocumentTable<MachineRef> = new DocumentTable({
  name: "held",
  schema: refSchema,
});
/** `<id>`: machines that wait for a node. */
export const waitingTable: DocumentTable<Waiting> = new DocumentTable({
  name: "waiting",
  schema: waitingSchema,
});
/** `<project>`. */
export const tallyTable: DocumentTable<Tally> = new DocumentTable({
  name: "tally",
  schema: tallySchema,
});
/** `<project>/<digest of the key>`. */
export const onceTable: DocumentTable<Once> = new DocumentTable({
  name: "once",
  schema: onceSchema,
});
/** `<project>/<machine>/<id>`. */
export const eventTable: DocumentTable<MachineEvent> = new DocumentTable({
  name: "event",
  schema: machineEventSchema,
});
/** `<project>/<id>`. */
export const snapshotTable: DocumentTable<MachineSnapshot> = new DocumentTable({
  name: "snapshot",
  schema: machineSnapshotSchema,
});
