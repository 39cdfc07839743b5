import { type FaultCode, faultCodes, httpStatusOf } from "@bedplate/errors";
import { allRoutes } from "./all-routes.ts";
import { commonFaults, type Route, type RouteBody } from "./route.ts";
import { faultViewType } from "./run-views.ts";

type Document = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of every route, made from the routes themselves. */
export function openApi(options: { readonly version: string }): Document {
  const paths: Record<string, Record<string, Document>> = {};
  for (const route of allRoutes) {
    const methods = paths[route.path] ?? {};
    methods[route.method.toLowerCase()] = operation(route);
    paths[route.path] = methods;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Bedplate",
      version: options.version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: { Fault: faultViewType },
    },
  };
}

function operation(route: Route): Document {
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.id.split(".")[0]],
    ...(route.role !== "none" && { security: [{ key: [] }] }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headers(route)],
    ...(route.body.form !== "none" && {
      requestBody: { required: true, content: content(route.body) },
    }),
    responses: responses(route),
  };
}

function pathParameters({ path }: Route): readonly Document[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: Route): readonly Document[] {
  const properties = query?.jsonSchema["properties"] ?? {};
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

function headers({ isKeyed }: Route): readonly Document[] {
  if (isKeyed !== true) return [];
  const schema = { type: "string", maxLength: 256 };
  return [{ name: "Idempotency-Key", in: "header", schema }];
}

function content(body: RouteBody<unknown>): Document {
  switch (body.form) {
    case "json":
      return { "application/json": { schema: body.schema.jsonSchema } };
    case "events":
      return { "text/event-stream": { schema: body.schema.jsonSchema } };
    case "bytes":
    case "stream":
      return { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
    case "none":
      return {};
  }
}

function responses(route: Route): Document {
  const own = {
    description: "Success",
    ...(route.answer.form !== "none" && { content: content(route.answer) }),
  };
  return { [String(route.status)]: own, ...faultResponses([...commonFaults, ...route.faults]) };
}

function faultResponses(codes: readonly FaultCode[]): Document {
  const byStatus = new Map<string, FaultCode[]>();
  for (const code of codes) {
    const status = String(httpStatusOf[faultCodes[code].kind]);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const schema = {
    type: "object",
    required: ["fault"],
    properties: { fault: { $ref: "#/components/schemas/Fault" } },
  };
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => [
      status,
      { description: found.join(", "), content: { "application/json": { schema } } },
    ]),
  );
}
