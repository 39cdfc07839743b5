import { Type } from "@bedplate/schema";

/** What an operator decides about machines. */
export interface MachinesConfig {
  /** The slot of a machine that names none. */
  readonly slot: string;
  /** Ports of machines are hosts below it, where there is an ingress. */
  readonly domain: string;
  /** The URL of a port, where `{host}` is its host. Empty: as the ingress listens. */
  readonly origin: string;
}

export const machinesConfigType: Type.TUnsafe<MachinesConfig> = Type.Unsafe<MachinesConfig>(
  Type.Object(
    {
      slot: Type.String({
        default: "container",
        pattern: "^[a-z][a-z0-9-]{0,63}$",
        description: "slot of a machine that names none",
      }),
      domain: Type.String({
        default: "localhost",
        maxLength: 180,
        pattern: "^[a-z0-9-]+(\\.[a-z0-9-]+)*$",
        description: "ports of machines are hosts below it: <port>-<machine>.<domain>",
      }),
      origin: Type.String({
        default: "",
        maxLength: 256,
        pattern: "^(https?://\\{host\\}(:\\d{1,5})?)?$",
        description:
          "URL of a machine's port, for example https://{host}; empty: as the ingress listens",
      }),
    },
    { additionalProperties: false, default: {} },
  ),
);
