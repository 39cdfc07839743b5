import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Answer } from "./messages.ts";

const amount = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const closed = { additionalProperties: false } as const;

/** Checks what a guest process says: a hostile one may say anything. */
export const answerSchema: Schema<Answer> = defineSchema(
  Type.Union([
    Type.Object({ answer: Type.Literal("ready") }, closed),
    Type.Object(
      {
        answer: Type.Literal("event"),
        topic: Type.Union([Type.Literal("stdout"), Type.Literal("stderr")]),
        fuel: amount(),
      },
      closed,
    ),
    Type.Object({ answer: Type.Literal("pulse"), fuel: amount() }, closed),
    Type.Object(
      {
        answer: Type.Literal("done"),
        end: Type.Union([
          Type.Literal("returned"),
          Type.Literal("failed"),
          Type.Literal("trapped"),
          Type.Literal("exhausted"),
          Type.Literal("entry"),
          Type.Literal("argument"),
        ]),
        exitCode: Type.Integer({ minimum: 0, maximum: 255 }),
        text: Type.String({ maxLength: 512 }),
        fuel: amount(),
        cpuMs: amount(),
        memoryBytes: amount(),
      },
      closed,
    ),
    Type.Object({ answer: Type.Literal("digest"), digest: Type.String({ maxLength: 80 }) }, closed),
  ]),
);
