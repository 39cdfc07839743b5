type Document = Readonly<Record<string, unknown>>;

/** Deepest nesting that is filled; deeper values are left as they are. */
const nestingMax = 64;

/**
 * Fills in the defaults of a JSON Schema: of members that are absent, and within members, items and
 * extra members that are there. Alternatives are left alone, for nothing says which one is meant.
 */
export function fillDefaults(schema: unknown, value: unknown, nesting = 0): unknown {
  if (!isDocument(schema) || nesting > nestingMax) return value;
  if (value === undefined) {
    const given = schema["default"];
    // A default may leave members out that have defaults of their own.
    return given === undefined ? undefined : fillDefaults(schema, given, nesting + 1);
  }
  if (Array.isArray(value)) {
    return value.map((each: unknown) => fillDefaults(schema["items"], each, nesting + 1));
  }
  return isDocument(value) ? fillMembers(schema, value, nesting) : value;
}

function fillMembers(schema: Document, value: Document, nesting: number): Document {
  const properties = isDocument(schema["properties"]) ? schema["properties"] : {};
  const extra = schema["additionalProperties"];
  const names = new Set([...Object.keys(value), ...Object.keys(properties)]);
  const filled = [...names].map((name) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : extra;
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    return [name, fillDefaults(known, member, nesting + 1)] as const;
  });
  return Object.fromEntries(
    filled.filter(([name, each]) => each !== undefined || Object.hasOwn(value, name)),
  );
}

/** A plain object; bytes and dates are values. */
function isDocument(value: unknown): value is Document {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
