import { allRoutes } from "../../api/routes/src/all-routes.ts";
import { commonFaults, type Route, type RouteBody } from "../../api/routes/src/route.ts";
import { faultCodes } from "../../foundation/errors/src/fault-codes.ts";
import { httpStatusOf } from "../../foundation/errors/src/http-status.ts";
import { membersOf, typeOf } from "./json-type.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** `docs/reference/http-api.md`, from the routes themselves. */
export function apiPage(): string {
  const rows = allRoutes.map((each) => [
    code(`${each.method} ${each.path}`),
    each.role,
    each.summary,
  ]);
  return `# HTTP API

${generatedNote}

The same as OpenAPI 3.1 is at \`/openapi.json\` of any server. A key goes into \`Authorization: Bearer <key>\`; a route's
role is the weakest that may call it (viewer, runner, admin). Errors are \`{ "fault": { code, kind, effect, retry, blame,
op, message, ... } }\`, see [faults](faults.md). Unknown members are refused.

\`bytes\` in JSON is \`{ "text": "..." }\` or \`{ "base64": "..." }\`. Times are milliseconds since 1970. Server-sent events
carry one JSON value in \`data\` each; a stream that fails ends with \`{ "fault": ... }\`.

Without a key: \`/healthz\` (the process lives), \`/readyz\` (what it stands on answers; 503 with \`providers\` otherwise), \`/metrics\` (Prometheus), \`/openapi.json\`.

Any route may answer ${commonFaults.map(code).join(", ")}.

${table([["Route", "Role", "What it does"], ...rows])}

${allRoutes.map(section).join("\n\n")}
`;
}

function section(route: Route): string {
  const parts = [
    `## \`${route.method} ${route.path}\``,
    `${route.summary}. Operation \`${route.id}\`, role ${route.role}, answers ${route.status}.${keyed(route)}`,
    ...members("Query", route.query?.jsonSchema),
    ...body("Body", route.body),
    ...body("Answer", route.answer),
    ...faults(route),
  ];
  return parts.join("\n\n");
}

function keyed({ isKeyed }: Route): string {
  return isKeyed === true
    ? " With an `Idempotency-Key` header, the same request answers with the same result."
    : "";
}

function body(what: string, form: RouteBody<unknown>): readonly string[] {
  switch (form.form) {
    case "json":
      return members(what, form.schema.jsonSchema);
    case "events":
      return members(`${what}: server-sent events`, form.schema.jsonSchema);
    case "bytes":
      return [`${what}: raw bytes, at most ${form.bytesMax / 2 ** 20} MiB.`];
    case "stream":
      return [`${what}: raw bytes, as they come.`];
    case "none":
      return [];
  }
}

function members(
  what: string,
  schema: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  if (schema === undefined) return [];
  const rows = membersOf(schema).map(([name, each]) => [code(name), typeOf(each)]);
  return rows.length === 0 ? [] : [`${what}:`, table([["Member", "Type"], ...rows])];
}

function faults(route: Route): readonly string[] {
  if (route.faults.length === 0) return [];
  const words = route.faults.map((each) => `\`${each}\` (${httpStatusOf[faultCodes[each].kind]})`);
  return [`Faults of its own: ${words.join(", ")}.`];
}
