type Document = Readonly<Record<string, unknown>>;

/** One line for the type of a JSON Schema: `integer 0 to 9`, `"a", "b"`, `list of text`. */
export function typeOf(schema: unknown): string {
  const document = schema as Document;
  const { const: only, enum: words, anyOf, type } = document;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(words)) return words.map((each) => JSON.stringify(each)).join(", ");
  if (Array.isArray(anyOf)) return anyOf.map(typeOf).join(allConstant(anyOf) ? ", " : " or ");
  if (type === "array") return `list of ${typeOf(document["items"])}`;
  if (type === "object") return typeOfObject(document);
  if (type === "string") return "text";
  return [type ?? "any", ...boundsOf(document)].join(" ");
}

/** The members of an object schema, with `?` behind the ones that may be left out. */
export function membersOf(schema: Document): readonly (readonly [string, unknown])[] {
  const required = (schema["required"] ?? []) as readonly string[];
  return Object.entries((schema["properties"] ?? {}) as Document).map(([name, each]) => [
    required.includes(name) ? name : `${name}?`,
    each,
  ]);
}

function typeOfObject(document: Document): string {
  const names = membersOf(document).map(([name]) => name);
  if (names.length > 0) return `{ ${names.join(", ")} }`;
  const [values] = Object.values((document["patternProperties"] ?? {}) as Document);
  return values === undefined ? "object" : `object of ${typeOf(values)}`;
}

function allConstant(schemas: readonly unknown[]): boolean {
  return schemas.every((each) => (each as Document)["const"] !== undefined);
}

function boundsOf({ minimum, maximum }: Document): readonly string[] {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && most !== undefined) return [`${minimum} to ${most}`];
  if (minimum !== undefined) return [`from ${minimum}`];
  return most === undefined ? [] : [`up to ${most}`];
}
