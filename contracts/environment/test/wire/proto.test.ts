import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonSchema } from "@bedplate/schema";
import { expect, test } from "vitest";
import { hostOperations, pluginOperations } from "../../src/wire/index.ts";

interface Field {
  readonly label: "repeated" | "optional" | "map" | "one";
  readonly type: string;
}

type Message = ReadonlyMap<string, Field>;

interface Rpc {
  readonly request: string;
  readonly response: string;
  readonly isStream: boolean;
}

const proto = readFileSync(
  join(import.meta.dirname, "../../proto/environment.proto"),
  "utf8",
).replaceAll(/\/\/.*$/gm, "");
const messages = readMessages();
const services = { Environment: readService("Environment"), Host: readService("Host") };

function readMessages(): ReadonlyMap<string, Message> {
  const found = proto.matchAll(/message (\w+) \{([^}]*)\}/g);
  return new Map([...found].map(([, name = "", body = ""]) => [name, readFields(body)]));
}

function readFields(body: string): Message {
  const pattern = /(repeated |optional )?(?:map<string, ([\w.]+)>|([\w.]+)) (\w+) = (\d+);/g;
  const fields = [...body.matchAll(pattern)];
  const numbers = fields.map(([, , , , , number]) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  return new Map(
    fields.map(([, label, value, type = "", name = ""]) => [
      toCamel(name),
      value === undefined
        ? { label: (label?.trim() ?? "one") as Field["label"], type }
        : { label: "map", type: value },
    ]),
  );
}

function readService(name: string): ReadonlyMap<string, Rpc> {
  const body = new RegExp(`service ${name} \\{([^}]*)\\}`).exec(proto)?.[1] ?? "";
  const found = body.matchAll(/rpc (\w+)\((\w+)\) returns \((stream )?(\w+)\);/g);
  return new Map(
    [...found].map(([, rpc = "", request = "", stream, response = ""]) => [
      rpc,
      { request, response, isStream: stream !== undefined },
    ]),
  );
}

function toCamel(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Compares a message with a schema, and all that hangs on both. */
function compare(type: string, schema: JsonSchema, at: string): void {
  const message = messages.get(type);
  expect(message, `${at}: message ${type}`).toBeDefined();
  const { properties, required } = merged(schema);
  expect([...(message?.keys() ?? [])].sort(), at).toEqual(Object.keys(properties).sort());
  for (const [name, field] of message ?? []) {
    const inner = properties[name] as JsonSchema;
    compareField(field, { schema: inner, isRequired: required.has(name), at: `${at}.${name}` });
  }
}

function compareField(
  field: Field,
  {
    schema,
    isRequired,
    at,
  }: { readonly schema: JsonSchema; readonly isRequired: boolean; readonly at: string },
): void {
  const bare = withoutNull(schema);
  const isNullable = bare !== schema;
  if (bare["patternProperties"] !== undefined && field.type !== "google.protobuf.Struct") {
    expect(field.label, at).toBe("map");
    const [value] = Object.values(bare["patternProperties"] as Record<string, JsonSchema>);
    const isText = value?.["type"] === "string";
    expect(field.type, at).toBe(isText ? "string" : "google.protobuf.Value");
    return;
  }
  if (bare["type"] === "array") {
    expect(field.label, at).toBe("repeated");
    compareType(field.type, bare["items"] as JsonSchema, at);
    return;
  }
  const isPlain = isRequired && !isNullable;
  expect(field.label, at).toBe(isPlain ? "one" : "optional");
  compareType(field.type, bare, at);
}

function compareType(type: string, schema: JsonSchema, at: string): void {
  const expected = scalarsOf(type, schema);
  if (expected === undefined) compare(type, schema, at);
  else expect(expected, at).toContain(type);
}

/** The types that a scalar may have in the file; undefined for a message. */
function scalarsOf(type: string, schema: JsonSchema): readonly string[] | undefined {
  if (schema["contentEncoding"] === "base64") return ["bytes"];
  const isDocument = schema["patternProperties"] !== undefined;
  if (isDocument || type === "google.protobuf.Struct") return ["google.protobuf.Struct"];
  switch (kindOf(schema)) {
    case "string":
      return ["string"];
    case "boolean":
      return ["bool"];
    case "number":
      return ["double"];
    case "integer":
      return ["int32", "int64"];
    default:
      return undefined;
  }
}

function kindOf(schema: JsonSchema): unknown {
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  if (branches?.every((each) => each["type"] === "string") === true) return "string";
  return schema["type"];
}

function withoutNull(schema: JsonSchema): JsonSchema {
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  const others = branches?.filter((each) => each["type"] !== "null");
  if (branches === undefined || others?.length === branches.length) return schema;
  return others?.[0] as JsonSchema;
}

/** A union is one message with the members of all its branches; those not in all may be left out. */
function merged(schema: JsonSchema): {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
} {
  const parts = (schema["anyOf"] ?? schema["allOf"] ?? [schema]) as readonly JsonSchema[];
  const properties = Object.assign({}, ...parts.map((each) => each["properties"] ?? {}));
  const required = new Set(parts.flatMap((each) => (each["required"] ?? []) as readonly string[]));
  return { properties, required };
}

test.for([
  ["Environment", pluginOperations],
  ["Host", hostOperations],
] as const)(
  "the service %s has the operations of the table, with their fields",
  ([name, table]) => {
    expect([...services[name].keys()]).toEqual(Object.keys(table));
    for (const [operation, entry] of Object.entries(table)) {
      const rpc = services[name].get(operation) as Rpc;
      const isNarrated = entry.notice !== undefined;
      expect(rpc.isStream, operation).toBe(entry.kind === "stream" || isNarrated);
      compare(rpc.request, entry.request.jsonSchema, `${operation} request`);
      if (!isNarrated) compare(rpc.response, entry.response.jsonSchema, `${operation} response`);
    }
  },
);

test("a reply of Run is a notice or the answer", () => {
  const reply = messages.get(services.Environment.get("Run")?.response ?? "");
  expect([...(reply?.keys() ?? [])]).toEqual(["notice", "answer"]);
  compare(
    reply?.get("notice")?.type ?? "",
    pluginOperations.Run.notice?.jsonSchema ?? {},
    "notice",
  );
  compare(reply?.get("answer")?.type ?? "", pluginOperations.Run.response.jsonSchema, "answer");
});

test("every message of the file is used", () => {
  const used = [...proto.matchAll(/\b\w+\b/g)].map(([word]) => word);
  for (const name of messages.keys()) {
    expect(used.filter((each) => each === name).length, name).toBeGreaterThan(1);
  }
});
