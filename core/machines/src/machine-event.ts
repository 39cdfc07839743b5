import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What can happen to a machine: its states as they come, and what was asked for. */
export type MachineEventKind =
  | "created"
  | "scheduled"
  | "preparing"
  | "starting"
  | "running"
  | "pausing"
  | "paused"
  | "stopping"
  | "stopped"
  | "failed"
  | "deleted"
  | "restarting"
  | "expired"
  | "pause-asked"
  | "resume-asked"
  | "stop-asked"
  | "delete-asked"
  | "lifetime-changed"
  | "egress-changed"
  | "resized"
  | "captured"
  | "moving"
  | "node-lost";

/** Something that happened to a machine. */
export interface MachineEvent {
  /** Of one machine, later events have greater ids. */
  readonly id: string;
  readonly project: string;
  readonly machine: string;
  readonly kind: MachineEventKind;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Facts of the platform, never bytes of the guest. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

export const machineEventSchema: Schema<MachineEvent> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      machine: Type.String(),
      kind: Type.Unsafe<MachineEventKind>(Type.String()),
      at: Type.Number(),
      detail: Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      ),
    },
    { additionalProperties: false },
  ),
);

/** How long events are kept. */
export const eventsKeptMs: number = 7 * 24 * 60 * 60 * 1_000;
