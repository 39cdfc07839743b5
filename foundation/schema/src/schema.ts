import { raise } from "@bedplate/errors";
import type { Type } from "typebox";
import { Compile } from "typebox/compile";
import { fillDefaults } from "./fill-defaults.ts";
import { wordIssue } from "./issue.ts";

/** A JSON Schema 2020-12 document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where a value came from, for the error text: `request body`, `config file`. */
export interface ParseOptions {
  readonly what?: string | undefined;
  /** The operation named in the fault. Default: `schema.parse`. */
  readonly op?: string | undefined;
}

/** A schema that checks values from outside and describes itself as JSON Schema. */
export interface Schema<T> {
  readonly jsonSchema: JsonSchema;
  /** Returns the value with defaults filled in; throws `argument.invalid` with a JSON pointer. */
  parse(value: unknown, options?: ParseOptions): T;
  /** True when the value fits as it is. */
  accepts(value: unknown): value is T;
}

/** Builds a schema from a TypeBox type; the compiler compares it with the interface that it names. */
export function defineSchema<S extends Type.TSchema>(type: S): Schema<Type.Static<S>> {
  return makeSchema<Type.Static<S>>(type);
}

/** Builds a schema from a JSON Schema that came over a wire, for example a plug-in's config schema. */
export function foreignSchema(document: JsonSchema): Schema<unknown> {
  return makeSchema<unknown>(document as Type.TSchema);
}

function makeSchema<T>(type: Type.TSchema): Schema<T> {
  let compiled: ReturnType<typeof Compile> | undefined;
  const validator = () => {
    compiled ??= Compile(type);
    return compiled;
  };
  return {
    jsonSchema: type as unknown as JsonSchema,
    accepts: (value): value is T => validator().Check(value),
    parse(value, options = {}) {
      const filled = fillDefaults(type, value);
      if (validator().Check(filled)) return filled as T;
      throw refuse([...validator().Errors(filled)], options);
    },
  };
}

function refuse(issues: readonly object[], options: ParseOptions): Error {
  const { path, rule, limit } = wordIssue(issues);
  return raise("argument.invalid", {
    op: options.op ?? "schema.parse",
    detail: { path, rule, ...(limit !== undefined && { limit }) },
    message: `Cannot accept ${options.what ?? "the value"}: ${path === "" ? "it" : path} ${rule}`,
  });
}
