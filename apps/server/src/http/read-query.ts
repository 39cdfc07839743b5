import type { Route } from "@bedplate/routes";

/** Reads and checks a request's query as its route says; numbers and booleans are told by the schema. */
export function readQuery(url: URL, route: Route): unknown {
  if (route.query === undefined) return {};
  const properties = (route.query.jsonSchema["properties"] ?? {}) as Readonly<
    Record<string, { readonly type?: string }>
  >;
  const value = Object.fromEntries(
    [...url.searchParams].map(([name, text]) => [name, convert(text, properties[name]?.type)]),
  );
  return route.query.parse(value, { what: "the query", op: route.id });
}

function convert(text: string, type: string | undefined): string | number | boolean {
  if (type === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
