import { Type } from "@bedplate/schema";

/** What an operator decides about machines. */
export interface MachinesConfig {
  /** The slot of a machine that names none. */
  readonly slot: string;
}

export const machinesConfigType: Type.TUnsafe<MachinesConfig> = Type.Unsafe<MachinesConfig>(
  Type.Object(
    {
      slot: Type.String({
        default: "container",
        pattern: "^[a-z][a-z0-9-]{0,63}$",
        description: "slot of a machine that names none",
      }),
    },
    { additionalProperties: false, default: {} },
  ),
);
