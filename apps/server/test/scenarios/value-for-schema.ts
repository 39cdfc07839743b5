import { type Chance, hostile } from "./chance.ts";

/** The part of JSON Schema that routes use. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Texts that fit here and there, and such that fit nowhere. */
const texts: readonly string[] = [
  ...["a", "default", "running", "any", "/tmp/x", "/", "10.0.0.0/8", "example.com", "0644", "root"],
  ...["host", "template:none", "image:debian:12", "artifact:sha256:00", "template:", "image:", ":"],
  ...["https://example.com/hook", "https://127.0.0.1/", "http://[::1]/", "machine/x", "m1-r2-t3"],
  ...["fake-machine", "container", "a=b,c=d", "a=b=c", "\ud83d\ude00", "%00", "..", "a/../b", "\n"],
];

const depthMax = 6;

/** A value that a schema half describes: most members fit, some are missing, wrong or unknown. */
export function valueFor(schema: JsonSchema, chance: Chance, depth = 0): unknown {
  if (chance(30) === 0 || depth > depthMax) return pick(hostile, chance);
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum, chance);
  if (schema.anyOf !== undefined) return valueFor(pick(schema.anyOf, chance), chance, depth + 1);
  switch (schema.type) {
    case "object":
      return objectOf(schema, chance, depth);
    case "array":
      return Array.from({ length: chance(4) }, () =>
        valueFor(schema.items ?? {}, chance, depth + 1),
      );
    case "integer":
    case "number":
      return numberOf(schema, chance);
    case "boolean":
      return chance(2) === 0;
    default:
      return textFor(schema, chance);
  }
}

function objectOf(schema: JsonSchema, chance: Chance, depth: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isWanted = schema.required?.includes(name) === true ? chance(20) > 0 : chance(4) === 0;
    if (isWanted) value[name] = valueFor(member, chance, depth + 1);
  }
  for (const member of Object.values(schema.patternProperties ?? {})) {
    for (let i = chance(3); i > 0; i--) {
      value[pick(texts, chance)] = valueFor(member, chance, depth + 1);
    }
  }
  if (chance(25) === 0) value[pick(["constructor", "other", "id"], chance)] = 1;
  return value;
}

/** Mostly one that fits the pattern, where any does. */
function textFor({ pattern = "" }: JsonSchema, chance: Chance): string {
  const fitting = texts.filter((each) => new RegExp(pattern, "u").test(each));
  return pick(fitting.length > 0 && chance(6) > 0 ? fitting : texts, chance);
}

/** The bounds, one beyond each, and something between. */
function numberOf({ minimum = -5, maximum = 1_000 }: JsonSchema, chance: Chance): number {
  const between = Math.min(maximum, minimum + chance(50));
  return pick([minimum, minimum - 1, maximum + 1, ...Array(12).fill(between)], chance);
}

/** One of some things. */
export function pick<T>(from: readonly T[], chance: Chance): T {
  return from[chance(from.length)] as T;
}
