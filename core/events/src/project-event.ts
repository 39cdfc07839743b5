import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Something that happened in a project. */
export interface ProjectEvent {
  /** The same whenever the event is told. */
  readonly id: string;
  readonly project: string;
  /** What it happened to and what it is, for example `machine.running`. */
  readonly kind: string;
  /** For example `machine/<id>`. */
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Facts of the platform, never bytes of a guest. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** A kind, or a family of kinds: `machine` stands for all of `machine.…`. */
export const eventKindPattern = "^[a-z]{1,32}(\\.[a-z-]{1,32})?$";

export const projectEventSchema: Schema<ProjectEvent> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      kind: Type.String(),
      subject: Type.String(),
      at: Type.Number(),
      detail: Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      ),
    },
    { additionalProperties: false },
  ),
);

/** Whether an event is of one of some kinds; of any, where none are named. */
export function isOfKind({ kind }: Pick<ProjectEvent, "kind">, kinds: readonly string[]): boolean {
  if (kinds.length === 0) return true;
  const [family] = kind.split(".");
  return kinds.some((each) => each === kind || each === family);
}
