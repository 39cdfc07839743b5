import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Offer } from "./negotiation.ts";

/** Longest greeting, in bytes. */
export const greetingBytesMax: number = 64 * 1024;

/** How long a side waits for the other's greeting. */
export const greetingTimeoutMs = 5_000;

const digest = () =>
  Type.Unsafe<`sha256:${string}`>(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }));

// Unknown members are allowed everywhere: a later minor may add some.
const offerSchema: Schema<Offer> = defineSchema(
  Type.Object({
    hello: Type.Literal(1),
    side: Type.Union([Type.Literal("host"), Type.Literal("plugin")]),
    process: Type.Object({
      build: digest(),
      startedAt: Type.Number(),
      nonce: Type.String({ minLength: 16, maxLength: 128 }),
    }),
    speaks: Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 64 }),
        versions: Type.Array(
          Type.Object({
            major: Type.Integer({ minimum: 0 }),
            minor: Type.Integer({ minimum: 0 }),
            surface: digest(),
          }),
          { minItems: 1, maxItems: 32 },
        ),
      }),
      { maxItems: 32 },
    ),
    features: Type.Record(
      Type.String(),
      Type.Union([Type.Literal("require"), Type.Literal("prefer"), Type.Literal("refuse")]),
    ),
    has: Type.Array(
      Type.Object({
        name: Type.String(),
        stage: Type.Union([
          Type.Literal("alpha"),
          Type.Literal("beta"),
          Type.Literal("stable"),
          Type.Literal("deprecated"),
        ]),
        isOn: Type.Boolean(),
        isLocked: Type.Boolean(),
        since: Type.String(),
        removeBy: Type.Optional(Type.String()),
        use: Type.Optional(Type.String()),
      }),
      { maxItems: 256, default: [] },
    ),
  }),
);

/** Writes a greeting: one JSON line. */
export function writeGreeting(offer: Offer): string {
  return `${JSON.stringify(offer)}\n`;
}

/** Reads a greeting line; refuses another `hello`, garbage and one without a process nonce. */
export function readGreeting(line: string): Offer {
  if (Buffer.byteLength(line) > greetingBytesMax) throw unreadable("it is too long");
  const value = parseJson(line);
  const hello = (value as { readonly hello?: unknown } | null)?.hello;
  if (hello !== 1) {
    throw unreadable(`it says hello ${JSON.stringify(hello)}, and this side knows hello 1 only`);
  }
  return offerSchema.parse(value, { what: "the greeting", op: "environment.greet" });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw unreadable("it is no JSON", cause);
  }
}

function unreadable(why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "environment.greet",
    detail: { path: "", rule: "greeting" },
    message: `Cannot read the greeting: ${why}`,
    blame: "plugin",
    cause,
  });
}
