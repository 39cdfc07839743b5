import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";

/** In which order waiting transactions enter batches. */
export type OrderName = "arrival" | "priority" | "gas-price";

/** How a batch is executed. All give the same. */
export type SchedulerName = "serial" | "optimistic" | "access-list";

/** A named, versioned state. What is here never changes. */
export interface Ledger {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Whose environment executes the transactions. */
  readonly slot: string;
  readonly order: OrderName;
  readonly scheduler: SchedulerName;
  /** Name of the way to commit to the state. */
  readonly commitment: string;
  /** How many batches before the last one can be read and returned to. */
  readonly retainBatches: number;
  readonly createdAt: number;
}

/** Where a ledger is. */
export interface LedgerHead {
  /** The last batch; 0 is the genesis, -1 a ledger that is still being made. */
  readonly number: number;
  /** Under which serial its writes lie. Serials are never used again. */
  readonly serial: number;
  readonly root: string;
  readonly at: number;
  /** Serials after `serial` up to this one may have left something that nobody may see. */
  readonly dirtyUpTo: number;
  /** Serials up to this one were used before, and are swept; absent: none after `serial`. */
  readonly usedUpTo?: number | undefined;
  /** The batch whose transactions may still be listed as waiting, although they are done. */
  readonly unsettled?: number | undefined;
  /** The first batch that can be read. */
  readonly oldest: number;
  /** Batches before this one are gone; from here to `oldest` they go next. */
  readonly pruned: number;
}

/** That a name stands for a ledger. */
interface LedgerName {
  readonly id: string;
}

const closed = { additionalProperties: false } as const;

export const ledgerNamePattern = "^[a-z0-9][a-z0-9-]{0,62}$";

export const orderNames: readonly OrderName[] = ["arrival", "priority", "gas-price"];
export const schedulerNames: readonly SchedulerName[] = ["serial", "optimistic", "access-list"];

export const ledgerSchema: Schema<Ledger> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      name: Type.String({ pattern: ledgerNamePattern }),
      slot: Type.String(),
      order: Type.Unsafe<OrderName>(Type.Enum([...orderNames])),
      scheduler: Type.Unsafe<SchedulerName>(Type.Enum([...schedulerNames])),
      commitment: Type.String(),
      retainBatches: Type.Integer({ minimum: 1 }),
      createdAt: Type.Number(),
    },
    closed,
  ),
);

const headSchema: Schema<LedgerHead> = defineSchema(
  Type.Object(
    {
      number: Type.Integer({ minimum: -1 }),
      serial: Type.Integer({ minimum: 0 }),
      root: Type.String(),
      at: Type.Number(),
      dirtyUpTo: Type.Integer({ minimum: 0 }),
      usedUpTo: Type.Optional(Type.Integer({ minimum: 0 })),
      unsettled: Type.Optional(Type.Integer()),
      oldest: Type.Integer({ minimum: 0 }),
      pruned: Type.Integer({ minimum: 0 }),
    },
    closed,
  ),
);

export const ledgerTable: DocumentTable<Ledger> = new DocumentTable({
  name: "ledger",
  schema: ledgerSchema,
});
export const headTable: DocumentTable<LedgerHead> = new DocumentTable({
  name: "head",
  schema: headSchema,
});
export const nameTable: DocumentTable<LedgerName> = new DocumentTable({
  name: "name",
  schema: defineSchema(Type.Object({ id: Type.String() }, closed)),
});

/** The last serial that anything was ever written under, whether it is still there or not. */
export function lastSerial({ serial, dirtyUpTo, usedUpTo = 0 }: LedgerHead): number {
  return Math.max(serial, dirtyUpTo, usedUpTo);
}
