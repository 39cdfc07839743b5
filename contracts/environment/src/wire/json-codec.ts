import { raise } from "@bedplate/errors";
import type { JsonSchema } from "@bedplate/schema";

/** Writes a message as JSON, in the way of protobuf's mapping: bytes are base64, the rest is itself. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, toJson(each)]));
}

/**
 * Reads a message from JSON by its schema. As protobuf's mapping asks for, base64 becomes bytes,
 * whole numbers may be texts, and a required member that is left out has its zero value. What does
 * not fit is left as it is: the schema's own check refuses it afterwards.
 */
export function fromJson(schema: JsonSchema, value: unknown): unknown {
  if (schema["contentEncoding"] === "base64") return toBytes(value);
  const branches = (schema["anyOf"] ?? undefined) as readonly JsonSchema[] | undefined;
  if (branches !== undefined) return fromUnion(branches, value);
  const all = schema["allOf"] as readonly JsonSchema[] | undefined;
  if (all !== undefined) return all.reduce((read, each) => fromJson(each, read), value);
  switch (schema["type"]) {
    case "integer":
    case "number":
      return toNumber(value);
    case "array":
      return Array.isArray(value) ? fromArray(schema, value) : value;
    case "object":
      return isRecord(value) ? fromObject(schema, value) : value;
    default:
      return value;
  }
}

function fromArray(schema: JsonSchema, value: readonly unknown[]): readonly unknown[] {
  const items = schema["items"] as JsonSchema | undefined;
  return items === undefined ? value : value.map((each) => fromJson(items, each));
}

function fromObject(
  schema: JsonSchema,
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema["required"] ?? []) as readonly string[];
  const [others] = Object.values((schema["patternProperties"] ?? {}) as Record<string, JsonSchema>);
  // Without a prototype's members: `__proto__` in a message is a member like any other.
  const read = new Map<string, unknown>();
  for (const [name, each] of Object.entries(value)) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : others;
    // Null is how the mapping writes that a member is left out.
    const isLeftOut = each === null && inner !== undefined && !allowsNull(inner);
    if (!isLeftOut) read.set(name, inner === undefined ? each : fromJson(inner, each));
  }
  for (const name of required) {
    const inner = properties[name];
    if (inner !== undefined && !read.has(name)) read.set(name, zeroOf(inner));
  }
  return Object.fromEntries(read);
}

/** The branch whose fixed members the value has; for values that are no objects, the first that is none either. */
function fromUnion(branches: readonly JsonSchema[], value: unknown): unknown {
  if (value === null) return value;
  const isObject = isRecord(value);
  const chosen = branches.find((each) =>
    isObject
      ? each["type"] === "object" && hasConstants(each, value)
      : each["type"] !== "object" && each["type"] !== "null",
  );
  return chosen === undefined ? value : fromJson(chosen, value);
}

function hasConstants(schema: JsonSchema, value: Readonly<Record<string, unknown>>): boolean {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.entries(properties).every(
    // A false that is left out is a false.
    ([name, each]) => !("const" in each) || (value[name] ?? false) === each["const"],
  );
}

function zeroOf(schema: JsonSchema): unknown {
  if (schema["contentEncoding"] === "base64") return new Uint8Array();
  if ("const" in schema) return schema["const"] === false ? false : undefined;
  if (allowsNull(schema)) return null;
  switch (schema["type"]) {
    case "string":
      return "";
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return fromObject(schema, {});
    default:
      return undefined;
  }
}

function allowsNull(schema: JsonSchema): boolean {
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  return branches?.some((each) => each["type"] === "null") === true;
}

function toBytes(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) throw notBase64();
  return new Uint8Array(Buffer.from(value, "base64"));
}

function toNumber(value: unknown): unknown {
  if (typeof value !== "string" || !/^-?\d{1,16}$/.test(value)) return value;
  return Number(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notBase64(): Error {
  return raise("argument.invalid", {
    op: "wire.receive",
    detail: { path: "", rule: "base64" },
    message: "Cannot read the message: its bytes are not in base64",
  });
}
