type Document = Readonly<Record<string, unknown>>;

/**
 * Fills in the defaults of absent members, by the JSON Schema alone: a document that came over a
 * wire has lost what TypeBox keeps beside it. Changes the value in place, and returns it.
 */
export function fillDefaults(document: Document, value: unknown): unknown {
  if (value === undefined) return structuredClone(document["default"]);
  const properties = document["properties"];
  if (!isRecord(properties) || !isRecord(value)) return value;
  for (const [name, member] of Object.entries(properties)) {
    if (!isRecord(member)) continue;
    const filled = fillDefaults(member, Object.hasOwn(value, name) ? value[name] : undefined);
    if (filled !== undefined) value[name] = filled;
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
