import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** How much a node gives away in all; what is left out is not counted. */
export interface NodeCapacityView {
  readonly cpuMillis?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly diskMiB?: number | undefined;
  readonly machines?: number | undefined;
}

export interface NodeView {
  readonly name: string;
  readonly state: "ready" | "draining" | "drained" | "lost";
  /** Epoch milliseconds: since when it is so. */
  readonly since: number;
  readonly url?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: NodeCapacityView;
  /** The slots of machines that it has, each with its release. */
  readonly slots: readonly { readonly slot: string; readonly release: string }[];
  readonly machines: number;
  readonly registeredAt: number;
  /** When it said last that it lives. */
  readonly beatAt: number;
}

export interface NodeListView {
  readonly nodes: readonly NodeView[];
}

export interface DrainBody {
  /** Whether its machines are moved to other nodes, or stay until they end. Default: `move`. */
  readonly machines?: "move" | "stay" | undefined;
}

const counted = () => Type.Optional(Type.Number({ minimum: 0 }));

const nodeType = Type.Object({
  name: Type.String(),
  state: Type.Enum(["ready", "draining", "drained", "lost"]),
  since: Type.Number(),
  url: Type.Optional(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
  capacity: Type.Object({
    cpuMillis: counted(),
    memoryMiB: counted(),
    diskMiB: counted(),
    machines: counted(),
  }),
  slots: Type.Array(Type.Object({ slot: Type.String(), release: Type.String() })),
  machines: Type.Integer(),
  registeredAt: Type.Number(),
  beatAt: Type.Number(),
});

export const nodeViewSchema: Schema<NodeView> = defineSchema(nodeType);
export const nodeListSchema: Schema<NodeListView> = defineSchema(
  Type.Object({ nodes: Type.Array(nodeType) }),
);
export const drainSchema: Schema<DrainBody> = defineSchema(
  Type.Object(
    { machines: Type.Optional(Type.Enum(["move", "stay"])) },
    { additionalProperties: false },
  ),
);
