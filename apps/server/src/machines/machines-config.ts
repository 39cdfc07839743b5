import { Type } from "@bedplate/schema";

/** Whether this process's host is a node, and what it is as one. */
export interface NodeConfig {
  readonly isEnabled: boolean;
  /** Empty: the name of the data folder. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it gives away in all; 0: not counted. */
  readonly capacity: {
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly diskMiB: number;
    readonly machines: number;
  };
}

/** Which node a machine goes to. */
export interface PlacementConfig {
  readonly strategy: "spread" | "pack";
  readonly agingMs: number;
  readonly lostMs: number;
  /** What a machine counts for where it names no caps. */
  readonly size: {
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly diskMiB: number;
  };
}

/** What an operator decides about machines. */
export interface MachinesConfig {
  /** The slot of a machine that names none. */
  readonly slot: string;
  /** Ports of machines are hosts below it, where there is an ingress. */
  readonly domain: string;
  /** The URL of a port, where `{host}` is its host. Empty: as the ingress listens. */
  readonly origin: string;
  readonly node: NodeConfig;
  readonly placement: PlacementConfig;
}

const closed = { additionalProperties: false } as const;
const amount = (description: string, standard: number, minimum = 0) =>
  Type.Integer({ default: standard, minimum, maximum: Number.MAX_SAFE_INTEGER, description });

const nodeType = Type.Object(
  {
    isEnabled: Type.Boolean({
      default: true,
      description: "whether machines run on this host",
    }),
    name: Type.String({
      default: "",
      pattern: "^([a-z0-9][a-z0-9_.-]{0,62})?$",
      description: "name of this host's node; empty: that of its data folder",
    }),
    labels: Type.Record(
      Type.String({ pattern: "^[a-z][a-z0-9._/-]{0,62}$" }),
      Type.String({ maxLength: 128 }),
      { ...closed, default: {}, description: "what machines can ask for of their node" },
    ),
    capacity: Type.Object(
      {
        cpuMillis: amount("thousandths of cores that its machines have in all; 0: not counted", 0),
        memoryMiB: amount("memory that its machines have in all; 0: not counted", 0),
        diskMiB: amount("disk that its machines have in all; 0: not counted", 0),
        machines: amount("machines that it has at once; 0: not counted", 1_000),
      },
      { ...closed, default: {} },
    ),
  },
  { ...closed, default: {} },
);

const placementType = Type.Object(
  {
    strategy: Type.Union([Type.Literal("spread"), Type.Literal("pack")], {
      default: "spread",
      description: "spread takes the emptiest node, pack the fullest one that has room",
    }),
    agingMs: amount("a machine that waits so long has one more rank of priority", 10_000, 100),
    lostMs: amount("a node that was not heard of for so long is lost", 60_000, 5_000),
    size: Type.Object(
      {
        cpuMillis: amount("what a machine without such a cap counts for", 250),
        memoryMiB: amount("what a machine without such a cap counts for", 512),
        diskMiB: amount("what a machine without such a cap counts for", 1_024),
      },
      { ...closed, default: {} },
    ),
  },
  { ...closed, default: {} },
);

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
      node: nodeType,
      placement: placementType,
    },
    { additionalProperties: false, default: {} },
  ),
);
