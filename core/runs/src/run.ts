import type { Digest } from "@bedplate/codec";
import { type Budget, budgetSchema, type Meter, type Usage } from "@bedplate/environment";
import type { Fault } from "@bedplate/errors";
import { type ReleaseRef, releaseRefSchema } from "@bedplate/registry";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type StoredBytes, storedBytesType } from "./stored-bytes.ts";

/** Where a run is in its life. `done` has an outcome, `failed` a fault; the last three are ends. */
export type RunPhase = "queued" | "running" | "done" | "failed" | "cancelled";

/** An outcome as it is stored. */
export type RunOutcome =
  | {
      readonly kind: "returned" | "reverted";
      readonly output: StoredBytes;
      readonly exitCode?: number | undefined;
    }
  | { readonly kind: "trapped" | "refused"; readonly reason: string }
  | { readonly kind: "exhausted"; readonly meter: Meter };

/** One finite execution: what was asked, what was granted, what came of it. */
export interface Run {
  readonly id: string;
  readonly project: string;
  readonly slot: string;
  /** The release that it was accepted on; the one that executed it once it has ended. */
  readonly release: ReleaseRef;
  readonly artifact: Digest;
  /** The file's name, for people and tracebacks. */
  readonly artifactName?: string | undefined;
  readonly entry: string;
  readonly input: StoredBytes;
  /** Instance config, for example `{ profile: "deterministic" }`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly budget: Budget;
  /** Digest of the policy that granted the budget. */
  readonly rule: Digest;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: RunPhase;
  /** How often execution began. */
  readonly attempts: number;
  /** The guest's clock and chance: recorded, so that a replay sees the same. Seed in hex. */
  readonly now: number;
  readonly seed: string;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly outcome?: RunOutcome | undefined;
  readonly usage?: Usage | undefined;
  readonly receipt?: Digest | undefined;
  /** Events in order, as canonical CBOR `[[topic, bytes], ...]`. */
  readonly events?: StoredBytes | undefined;
  /** Captured writes, as canonical CBOR `[[key, value or null], ...]`. */
  readonly writes?: StoredBytes | undefined;
  readonly fault?: Fault | undefined;
  /** W3C traceparent of the request. */
  readonly trace?: string | undefined;
}

/** True when nothing will change any more. */
export function hasEnded(run: Pick<Run, "phase">): boolean {
  return run.phase !== "queued" && run.phase !== "running";
}

const digest = () => Type.Unsafe<Digest>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }));
const phases = ["queued", "running", "done", "failed", "cancelled"] as const;

// Stored documents are written by this program alone, so nested values that have their own checked
// origin (outcome, usage, fault) are not taken apart again on every read.
export const runSchema: Schema<Run> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      slot: Type.String(),
      release: Type.Unsafe<ReleaseRef>(releaseRefSchema.jsonSchema as object),
      artifact: digest(),
      artifactName: Type.Optional(Type.String()),
      entry: Type.String(),
      input: storedBytesType,
      config: Type.Record(Type.String(), Type.Unknown()),
      budget: Type.Unsafe<Budget>(budgetSchema.jsonSchema as object),
      rule: digest(),
      priority: Type.Integer({ minimum: 0, maximum: 9 }),
      labels: Type.Record(Type.String(), Type.String()),
      phase: Type.Unsafe<RunPhase>(Type.Enum(phases)),
      attempts: Type.Integer({ minimum: 0 }),
      now: Type.Integer(),
      seed: Type.String({ pattern: "^[0-9a-f]{64}$" }),
      createdAt: Type.Integer(),
      startedAt: Type.Optional(Type.Integer()),
      finishedAt: Type.Optional(Type.Integer()),
      outcome: Type.Optional(Type.Unsafe<RunOutcome>(Type.Object({ kind: Type.String() }))),
      usage: Type.Optional(Type.Unsafe<Usage>(Type.Object({ fuel: Type.Number() }))),
      receipt: Type.Optional(digest()),
      events: Type.Optional(storedBytesType),
      writes: Type.Optional(storedBytesType),
      fault: Type.Optional(Type.Unsafe<Fault>(Type.Object({ code: Type.String() }))),
      trace: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
);
