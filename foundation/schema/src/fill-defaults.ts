interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode | boolean;
}

/**
 * The value with the schema's defaults where it has nothing. Works on any JSON Schema, also one that
 * came over a wire; copies only what it changes. Branches of unions have no defaults.
 */
export function fillDefaults(schema: unknown, value: unknown): unknown {
  const node = schema as SchemaNode;
  const isFilled = value === undefined && node.default !== undefined;
  const filled = isFilled ? structuredClone(node.default) : value;
  if (Array.isArray(filled)) return fillItems(node, filled);
  if (!isPlainObject(filled)) return filled;
  return fillPatterns(node, fillProperties(node, filled));
}

function fillProperties(
  { properties = {} }: SchemaNode,
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, schema] of Object.entries(properties)) {
    const before = Object.hasOwn(value, name) ? value[name] : undefined;
    const after = fillDefaults(schema, before);
    if (after === before) continue;
    copy ??= { ...value };
    copy[name] = after;
  }
  return copy ?? value;
}

/** Members that the schema knows by a pattern, or as extra ones. */
function fillPatterns(
  { properties = {}, patternProperties = {}, additionalProperties }: SchemaNode,
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const patterns = Object.entries(patternProperties).map(
    ([pattern, schema]) => [new RegExp(pattern, "u"), schema] as const,
  );
  const extra = typeof additionalProperties === "object" ? additionalProperties : undefined;
  if (patterns.length === 0 && extra === undefined) return value;
  const entries = Object.entries(value).map(([name, each]) => {
    if (Object.hasOwn(properties, name)) return [name, each] as const;
    const schema = patterns.find(([pattern]) => pattern.test(name))?.[1] ?? extra;
    return [name, schema === undefined ? each : fillDefaults(schema, each)] as const;
  });
  return entries.every(([name, each]) => value[name] === each)
    ? value
    : Object.fromEntries(entries);
}

function fillItems({ items }: SchemaNode, value: readonly unknown[]): readonly unknown[] {
  if (typeof items !== "object") return value;
  const filled = value.map((each) => fillDefaults(items, each));
  return filled.every((each, index) => each === value[index]) ? value : filled;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
