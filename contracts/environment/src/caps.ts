import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Budget } from "./budget.ts";

/** Upper bounds of a whole instance. A member that is absent is bounded by policy alone. */
export interface Caps extends Budget {
  /** Thousandths of a core: 1500 is one and a half. */
  readonly cpuMillis?: number | undefined;
  /** Processes and threads at once, those of the machine itself included. */
  readonly processes?: number | undefined;
  /** Bytes that the machine may add to its disk. */
  readonly diskBytes?: number | undefined;
  /** Files, folders and links that it may add. */
  readonly inodes?: number | undefined;
  /** Bytes a second that leave it. */
  readonly egressBytesPerSecond?: number | undefined;
}

/** A bound of a machine. */
export type CapName =
  | "cpuMillis"
  | "memoryBytes"
  | "processes"
  | "diskBytes"
  | "inodes"
  | "egressBytesPerSecond";

/** Every bound of a machine. */
export const capNames: readonly CapName[] = [
  "cpuMillis",
  "memoryBytes",
  "processes",
  "diskBytes",
  "inodes",
  "egressBytesPerSecond",
];

const cap = () => Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

/** Bounds of a machine, as callers give them. */
export const capsSchema: Schema<{ readonly [C in CapName]?: number | undefined }> = defineSchema(
  Type.Object(
    {
      cpuMillis: cap(),
      memoryBytes: cap(),
      processes: cap(),
      diskBytes: cap(),
      inodes: cap(),
      egressBytesPerSecond: cap(),
    },
    { additionalProperties: false },
  ),
);

/** What a machine uses at one instant. */
export interface ResourceUse {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Since the start, over all cores. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  /** The part of `memoryBytes` that is a cache and goes when it is needed. */
  readonly cacheBytes?: number | undefined;
  readonly processes?: number | undefined;
  /** Bytes added to the disk. */
  readonly diskBytes?: number | undefined;
  readonly egressBytes?: number | undefined;
  readonly ingressBytes?: number | undefined;
}

/** The smaller bound of each of the named caps. */
export function tightenCaps(
  asked: Caps,
  ceiling: Caps,
  names: readonly CapName[] = capNames,
): Caps {
  const bounds = names.map((name) => {
    const bound = Math.min(
      asked[name] ?? Number.POSITIVE_INFINITY,
      ceiling[name] ?? Number.POSITIVE_INFINITY,
    );
    return [name, bound] as const;
  });
  return Object.fromEntries(bounds.filter(([, bound]) => bound !== Number.POSITIVE_INFINITY));
}
