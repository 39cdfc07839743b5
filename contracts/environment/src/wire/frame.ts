import type { Fault } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Call } from "../call.ts";
import { part, text } from "./schema-parts.ts";
import { faultSchema } from "./value-schemas.ts";

/** A call as it crosses: its signal becomes a `cancel` frame. */
export type WireCall = Omit<Call, "signal">;

const callSchema: Schema<WireCall> = defineSchema(
  Type.Object({
    deadlineAt: Type.Number(),
    principal: text(512),
    trace: text(256),
    key: Type.Optional(text(512)),
    critical: Type.Optional(Type.Array(text(256), { maxItems: 64 })),
  }),
);

/** What the asking side sends. */
export type AskFrame =
  | {
      readonly is: "request";
      readonly id: number;
      readonly operation: string;
      readonly isStream: boolean;
      readonly call: WireCall;
      readonly body: unknown;
    }
  | { readonly is: "cancel"; readonly id: number }
  /** The consumer of a stream allows `items` more. */
  | { readonly is: "credit"; readonly id: number; readonly items: number };

/** What the answering side sends. */
export type AnswerFrame =
  | { readonly is: "notice"; readonly id: number; readonly body: unknown }
  | { readonly is: "answer"; readonly id: number; readonly body: unknown }
  | { readonly is: "item"; readonly id: number; readonly body: unknown }
  | { readonly is: "end"; readonly id: number }
  | { readonly is: "fault"; readonly id: number; readonly fault: Fault };

export type Frame = AskFrame | AnswerFrame;

const id = Type.Integer({ minimum: 1 });
const body = Type.Unknown();

const withBody = (is: string) => Type.Object({ is: Type.Literal(is), id, body });

const frameSchemas: Readonly<Record<Frame["is"], Schema<unknown>>> = {
  request: defineSchema(
    Type.Object({
      is: Type.Literal("request"),
      id,
      operation: text(64),
      isStream: Type.Boolean(),
      call: part(callSchema),
      body,
    }),
  ),
  cancel: defineSchema(Type.Object({ is: Type.Literal("cancel"), id })),
  credit: defineSchema(
    Type.Object({ is: Type.Literal("credit"), id, items: Type.Integer({ minimum: 1 }) }),
  ),
  notice: defineSchema(withBody("notice")),
  answer: defineSchema(withBody("answer")),
  item: defineSchema(withBody("item")),
  end: defineSchema(Type.Object({ is: Type.Literal("end"), id })),
  fault: defineSchema(Type.Object({ is: Type.Literal("fault"), id, fault: part(faultSchema) })),
};

/** The frame, or undefined for anything that is none. */
export function readFrame(value: unknown): Frame | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { is } = value as { readonly is?: unknown };
  if (typeof is !== "string" || !Object.hasOwn(frameSchemas, is)) return undefined;
  return frameSchemas[is as Frame["is"]].accepts(value) ? (value as Frame) : undefined;
}

/** What crosses of a call. */
export function toWireCall(call: Call): WireCall {
  const { deadlineAt, principal, trace, key, critical } = call;
  return {
    deadlineAt,
    principal,
    trace,
    ...(key !== undefined && { key }),
    ...(critical !== undefined && { critical }),
  };
}
