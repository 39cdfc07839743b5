import type { FaultCode } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";

/** The weakest role that may call a route; `none` needs no key. */
export type RouteRole = "none" | "viewer" | "runner" | "admin";

/** What travels in a body: JSON of a schema, raw bytes, bytes as they come, or server-sent events of a schema. */
export type RouteBody<T> =
  | { readonly form: "json"; readonly schema: Schema<T> }
  | { readonly form: "bytes"; readonly bytesMax: number }
  | { readonly form: "stream" }
  | { readonly form: "events"; readonly schema: Schema<T> }
  | { readonly form: "none" };

/** One path and method with everything that is promised of it. */
export interface Route<Query = unknown, Body = unknown, Answer = unknown> {
  /** Stable name, `noun.verb`; the SDK's method and OpenAPI's `operationId`. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly role: RouteRole;
  readonly summary: string;
  readonly query?: Schema<Query> | undefined;
  readonly body: RouteBody<Body>;
  readonly answer: RouteBody<Answer>;
  readonly status: number;
  /** Whether an `Idempotency-Key` header is honoured. */
  readonly isKeyed?: boolean | undefined;
  /** Codes beyond those that every route may answer with. */
  readonly faults: readonly FaultCode[];
}

/** Codes that any route may answer with. */
export const commonFaults: readonly FaultCode[] = [
  "argument.invalid",
  "key.invalid",
  "permission.denied",
  "quota.exceeded",
  "resource.missing",
  "internal.bug",
];

/** The largest JSON body, in bytes, unless a route says otherwise. */
export const jsonBytesMax: number = 48 * 2 ** 20;

/** A body that is JSON of a schema. */
export function json<T>(schema: Schema<T>): RouteBody<T> {
  return { form: "json", schema };
}

/** No body. */
export const nothing: RouteBody<never> = { form: "none" };
