import type { Manifest } from "@bedplate/environment";
import type { Capacity, NodeState } from "@bedplate/placement";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";

/** A slot that a node has, with the release that serves it and all that callers may know of it. */
export interface NodeOffer extends Pick<Manifest, "declares" | "instanceSchema"> {
  readonly slot: string;
  readonly release: string;
}

/** What a node says of itself when it registers. */
export interface NodeSelf {
  readonly name: string;
  /** Names its data folder: nobody else takes the name while it lives. */
  readonly place: string;
  /** Where servers reach it; undefined until it listens. */
  readonly url?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Capacity;
  readonly offers: readonly NodeOffer[];
}

/** A node as it is stored. */
export interface NodeRecord extends NodeSelf {
  readonly state: NodeState;
  /** Epoch milliseconds: since when it is so. */
  readonly stateAt: number;
  /** Whether its machines are moved while it drains; else they stay until they end. */
  readonly moves: boolean;
  readonly registeredAt: number;
}

/** That a node lives: whoever judges looks whether the count goes on, not at clocks of others. */
export interface NodeBeat {
  readonly beats: number;
  readonly at: number;
}

const texts = () => Type.Record(Type.String(), Type.String());
const closed = { additionalProperties: false } as const;
const counted = () => Type.Optional(Type.Number({ minimum: 0 }));

export const nodeRecordSchema: Schema<NodeRecord> = defineSchema(
  Type.Unsafe<NodeRecord>(
    Type.Object(
      {
        name: Type.String({ pattern: "^[a-z0-9][a-z0-9_.-]{0,62}$" }),
        place: Type.String(),
        url: Type.Optional(Type.String()),
        labels: texts(),
        capacity: Type.Object(
          {
            cpuMillis: counted(),
            memoryMiB: counted(),
            diskMiB: counted(),
            machines: counted(),
          },
          closed,
        ),
        offers: Type.Array(
          Type.Object({
            slot: Type.String(),
            release: Type.String(),
            declares: Type.Object({}),
            instanceSchema: Type.Object({}),
          }),
        ),
        state: Type.Enum(["ready", "draining", "drained", "lost"]),
        stateAt: Type.Number(),
        moves: Type.Boolean(),
        registeredAt: Type.Number(),
      },
      closed,
    ),
  ),
);

const beatSchema: Schema<NodeBeat> = defineSchema(
  Type.Object({ beats: Type.Integer({ minimum: 0 }), at: Type.Number() }, closed),
);

/** `<name>`. */
export const nodeTable: DocumentTable<NodeRecord> = new DocumentTable({
  name: "node",
  schema: nodeRecordSchema,
});
/** `<name>`: apart from the record, which operators and the placer change. */
export const beatTable: DocumentTable<NodeBeat> = new DocumentTable({
  name: "beat",
  schema: beatSchema,
});
