import type { Amounts } from "./amounts.ts";

/** A machine that waits for a node. */
export interface PlacementRequest {
  readonly id: string;
  readonly project: string;
  readonly slot: string;
  readonly size: Amounts;
  /** The node must have all of these. */
  readonly labels: Readonly<Record<string, string>>;
  /** 0 to 9, higher first. */
  readonly priority: number;
  /** When it began to wait, in epoch milliseconds. */
  readonly since: number;
  /** No other node will do: what it needs is there. */
  readonly home?: string | undefined;
  /** Of nodes that are fit, this one is taken where it has room. */
  readonly prefers?: string | undefined;
}

/** Why a machine waits: no node that lives has it, or each that would do lacks something. */
export type WaitReason =
  | { readonly kind: "no-node" }
  | { readonly kind: "no-slot"; readonly slot: string }
  | { readonly kind: "no-labels" }
  /** The one node that will do takes no machines, or is lost. */
  | { readonly kind: "no-home"; readonly node: string; readonly isLost: boolean }
  /** It is larger than every node. */
  | { readonly kind: "too-large"; readonly resource: keyof Amounts }
  | { readonly kind: "no-room"; readonly resource: keyof Amounts }
  /** What is left is kept for one that waits longer. */
  | { readonly kind: "kept" };

/** The reason in words. */
export function wordReason(reason: WaitReason): string {
  switch (reason.kind) {
    case "no-node":
      return "no node takes machines";
    case "no-slot":
      return `no node that takes machines has slot/${reason.slot}`;
    case "no-labels":
      return "no node has the labels that it wants";
    case "no-home":
      return `its volumes are on node/${reason.node}, which ${reason.isLost ? "is lost" : "takes no machines"}`;
    case "too-large":
      return `it is larger than every node: ${reason.resource}`;
    case "no-room":
      return `no node has room for it: ${reason.resource}`;
    case "kept":
      return "what is free is kept for a machine that waits longer";
  }
}
