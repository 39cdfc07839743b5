import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type Meter, meters } from "../budget.ts";
import type { CrossOutcome, Execution, GuestEvent, Invocation } from "../facets/invoke.ts";
import type { Observation } from "../facets/observe.ts";
import type { Mark } from "../facets/rewind.ts";
import { checkCodeMax, type InvocationCheck } from "../invocation-check.ts";
import type { Outcome } from "../outcome.ts";
import type { InstanceRequest } from "./environment-messages.ts";
import { amount, bytes, digest, oneOf, part, text } from "./schema-parts.ts";
import { usageSchema, wireBudgetSchema } from "./value-schemas.ts";

const instance = text(256);

/** An invocation without what cannot cross: its functions become operations of the host. */
export type WireInvocation = Omit<Invocation, "reads" | "call" | "onEvent">;

export interface RunRequest extends InstanceRequest {
  /** What the plug-in calls this run when it asks the host for state or a cross-call. */
  readonly run: string;
  readonly invocation: WireInvocation;
  readonly hasReads: boolean;
  readonly hasCalls: boolean;
  /** Whether events are wanted as they happen. */
  readonly hasEvents: boolean;
}

export const runRequestSchema: Schema<RunRequest> = defineSchema(
  Type.Object({
    instance,
    run: text(64),
    invocation: invocationType(),
    hasReads: Type.Boolean(),
    hasCalls: Type.Boolean(),
    hasEvents: Type.Boolean(),
  }),
);

/** The same of an invocation that is only looked at. */
export interface CheckRequest {
  readonly artifact: Digest;
  readonly run: string;
  readonly invocation: WireInvocation;
  readonly hasReads: boolean;
}

export const checkRequestSchema: Schema<CheckRequest> = defineSchema(
  Type.Object({
    artifact: digest(),
    run: text(64),
    invocation: invocationType(),
    hasReads: Type.Boolean(),
  }),
);

export const checkResponseSchema: Schema<InvocationCheck> = defineSchema(
  Type.Union([
    Type.Object({
      isFit: Type.Literal(true),
      fuelMax: Type.Optional(amount()),
      turn: Type.Optional(
        Type.Object({ line: text(checkCodeMax), place: amount(), ahead: amount() }),
      ),
    }),
    Type.Object({ isFit: Type.Literal(false), code: text(checkCodeMax), reason: text() }),
  ]),
);

export const outcomeSchema: Schema<Outcome> = defineSchema(outcomeWith({}));

/** An outcome, and beside its members what the callee used. */
export const crossOutcomeSchema: Schema<CrossOutcome> = defineSchema(
  outcomeWith({ fuelUsed: Type.Optional(amount()) }),
);

export const eventSchema: Schema<GuestEvent> = defineSchema(
  Type.Object({ topic: text(256), data: bytes() }),
);

export const executionSchema: Schema<Execution> = defineSchema(
  Type.Object({
    outcome: part(outcomeSchema),
    usage: part(usageSchema),
    writes: Type.Array(Type.Object({ key: bytes(), value: Type.Union([bytes(), Type.Null()]) })),
    credits: Type.Optional(Type.Array(Type.Object({ key: bytes(), amount: bytes() }))),
    events: Type.Array(part(eventSchema)),
  }),
);

export const markSchema: Schema<Mark> = defineSchema(
  Type.Object({ id: text(256), depth: amount() }),
);

export interface MarkRequest extends InstanceRequest {
  readonly mark: Mark;
}

export const markRequestSchema: Schema<MarkRequest> = defineSchema(
  Type.Object({ instance, mark: part(markSchema) }),
);

export interface DigestResponse {
  readonly digest: Digest;
}

export const digestResponseSchema: Schema<DigestResponse> = defineSchema(
  Type.Object({ digest: digest() }),
);

export interface ObserveRequest extends InstanceRequest {
  readonly points: readonly string[];
}

export const observeRequestSchema: Schema<ObserveRequest> = defineSchema(
  Type.Object({ instance, points: Type.Array(text(128), { maxItems: 256 }) }),
);

export const observationSchema: Schema<Observation> = defineSchema(
  Type.Object({
    at: Type.Number(),
    point: text(128),
    facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  }),
);

function invocationType() {
  return Type.Object({
    entry: text(),
    input: bytes(),
    budget: part(wireBudgetSchema),
    pre: digest(),
    now: Type.Number(),
    seed: bytes(),
  });
}

/** The union of all outcomes, each with some members more. */
function outcomeWith<M extends Type.TProperties>(more: M) {
  const output = { output: bytes(), exitCode: Type.Optional(Type.Integer()), ...more };
  return Type.Union([
    Type.Object({ kind: Type.Literal("returned"), ...output }),
    Type.Object({ kind: Type.Literal("reverted"), ...output }),
    Type.Object({ kind: Type.Literal("trapped"), reason: text(), ...more }),
    Type.Object({ kind: Type.Literal("exhausted"), meter: oneOf<Meter>(...meters), ...more }),
    Type.Object({
      kind: Type.Literal("refused"),
      reason: text(),
      isEarly: Type.Optional(Type.Literal(true)),
      ...more,
    }),
  ]);
}
