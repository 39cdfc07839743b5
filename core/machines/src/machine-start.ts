import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What a machine runs each time it has booted, and how one tells that it can be used. */
export interface MachineStart {
  readonly command: string;
  /** Succeeds once the machine can be used; tried again until then. Left out: it can be used at once. */
  readonly ready?: string | undefined;
  readonly readyMs?: number | undefined;
  /** Who runs both. Default: who runs what names nobody. */
  readonly user?: string | undefined;
}

/** Longest wait for the command's `ready`. */
export const readyMsMax: number = 5 * 60_000;

const command = () => Type.String({ minLength: 1, maxLength: 64 * 1024 });

/** Checks what is run at the start. */
export const machineStartSchema: Schema<MachineStart> = defineSchema(
  Type.Object(
    {
      command: command(),
      ready: Type.Optional(command()),
      readyMs: Type.Optional(Type.Integer({ minimum: 1, maximum: readyMsMax })),
      user: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    },
    { additionalProperties: false },
  ),
);
