import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** One transition, stored in the same commit as what it changed. */
export interface RegistryEvent {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: RegistryAction;
  /** `release/<name>@<version>`, `slot/<slot>` or `policy/<slot>`. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export type RegistryAction =
  | "release-registered"
  | "release-retired"
  | "release-changed"
  | "slot-bound"
  | "slot-swapped"
  | "slot-unbound"
  | "slot-drained"
  | "slot-drain-forced"
  | "hook-failed"
  | "policy-set";

const actions = [
  "release-registered",
  "release-retired",
  "release-changed",
  "slot-bound",
  "slot-swapped",
  "slot-unbound",
  "slot-drained",
  "slot-drain-forced",
  "hook-failed",
  "policy-set",
] as const;

export const registryEventSchema: Schema<RegistryEvent> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      at: Type.Integer(),
      actor: Type.String(),
      action: Type.Unsafe<RegistryAction>(Type.Enum(actions)),
      subject: Type.String(),
      detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
    },
    { additionalProperties: false },
  ),
);
