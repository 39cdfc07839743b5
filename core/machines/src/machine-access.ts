import type {
  Declares,
  FacetName,
  FacetSpec,
  InstanceStatus,
  KeyedCall,
  ResourceUse,
} from "@bedplate/environment";
import type { Machine } from "./machine.ts";

/** What one use of a machine's facets waits for. */
export interface AccessCall {
  readonly timeoutMs: number;
  /** Idempotency key; default: a fresh one. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The facets of a running machine, wherever it is. */
export interface MachineAccess {
  readonly machine: Machine;
  /** What its environment declares. */
  readonly declares: Declares;
  /** A declared facet; `capability.undeclared` for any other. */
  facet<F extends "exec" | "files" | "serve" | "egress" | "resize">(
    name: F,
  ): FacetSpec[F]["driver"];
  status(call: KeyedCall): Promise<InstanceStatus>;
  /** Makes the call that every facet's operation takes. */
  call(options: AccessCall): KeyedCall;
}

/** What a node gives for one of its machines. */
export interface HeldMachine {
  readonly declares: Declares;
  facet<F extends FacetName>(name: F): FacetSpec[F]["driver"];
  status(call: KeyedCall): Promise<InstanceStatus>;
  /** What it used, oldest first, as far as its node remembers. */
  samples(): Promise<readonly ResourceUse[]>;
}
