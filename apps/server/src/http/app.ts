import { demandRole, type Keys, type Principal } from "@bedplate/access";
import { raise } from "@bedplate/errors";
import { openApi, type Route } from "@bedplate/routes";
import { count, type Log, recordSeconds, withSpan } from "@bedplate/telemetry";
import { type Context, Hono } from "hono";
import { canWork, type ProviderHealth } from "../providers/provider-health.ts";
import { forward, isForwarded, replicaClient } from "../replicas/forward.ts";
import type { PlaceOf } from "../replicas/run-place.ts";
import { answerFault, answerOf } from "./answer.ts";
import type { Endpoint, Exchange } from "./exchange.ts";
import { readBody } from "./read-body.ts";
import { readQuery } from "./read-query.ts";

/** What the HTTP side is built from. */
export interface AppModules {
  readonly endpoints: readonly Endpoint[];
  readonly keys: Keys;
  readonly log: Log;
  readonly version: string;
  readonly bodyBytesMax: number;
  /** Prometheus text; undefined where metrics are off. */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** Which replica answers a request best; default: this one. */
  readonly placeOf?: PlaceOf | undefined;
  /** Whether what the server stands on answers. */
  readonly health: () => Promise<ProviderHealth>;
}

/** What any app of one host has in common. */
export type AppParts = Omit<AppModules, "endpoints" | "placeOf">;

/** Every path of the server, as one fetch handler. */
export function createApp(modules: AppModules): Hono {
  const app = new Hono();
  for (const each of modules.endpoints) {
    const path = each.route.path.replace(/\{(\w+)\}/g, ":$1");
    app.on(each.route.method, path, (context) => serve(context, each, modules));
  }
  app.get("/openapi.json", (context) => context.json(openApi({ version: modules.version })));
  app.get("/healthz", (context) => context.json({ status: "alive" }));
  app.get("/readyz", (context) => ready(context, modules));
  app.get("/metrics", (context) => metrics(context, modules));
  app.notFound((context) => answerFault(noRoute(context.req.path), "http.route"));
  app.onError((error) => answerFault(error, "http.route"));
  return app;
}

async function serve(context: Context, endpoint: Endpoint, modules: AppModules): Promise<Response> {
  const { route } = endpoint;
  const startedMs = performance.now();
  const response = await withSpan(
    `http.${route.id}`,
    { "http.route": route.path },
    async (span) => {
      try {
        return await exchange(context, endpoint, modules);
      } catch (error) {
        if (context.req.raw.signal.aborted) return callerLeft();
        const answer = answerFault(error, route.id);
        if (answer.status >= 500) {
          const reason = error instanceof Error ? (error.stack ?? error.message) : "unknown";
          modules.log.error("request failed", { route: route.id, status: answer.status, reason });
        }
        span.setAttribute("http.response.status_code", answer.status);
        return answer;
      }
    },
  );
  const labels = { route: route.id, status: String(response.status) };
  count("bedplate_http_requests_total", 1, labels);
  recordSeconds("bedplate_http_request_seconds", (performance.now() - startedMs) / 1000, labels);
  return response;
}

async function exchange(
  context: Context,
  endpoint: Endpoint,
  modules: AppModules,
): Promise<Response> {
  const { route, handle } = endpoint;
  const request = context.req.raw;
  const principal = await authenticate(request, route, modules.keys);
  const params = context.req.param() as Record<string, string>;
  const query = readQuery(new URL(request.url), route);
  const isFinal = isForwarded(request);
  const place = isFinal ? undefined : await modules.placeOf?.(route, { principal, params });
  if (place !== undefined) return forward(request, place);
  const body = await readBody(request, { route, bytesMax: modules.bodyBytesMax });
  const taken: Exchange = {
    principal,
    params,
    query,
    body,
    idempotencyKey: idempotencyKeyOf(request, route),
    signal: request.signal,
    trace: request.headers.get("traceparent") ?? "",
    replica: isFinal ? undefined : (url) => replicaClient(request, url),
  };
  return answerOf(route, handle(taken));
}

/** Nobody reads it; the status is nginx's, for metrics. */
function callerLeft(): Response {
  return new Response(null, { status: 499 });
}

const nobody: Principal = { keyId: "", project: "", role: "viewer" };

async function authenticate(request: Request, route: Route, keys: Keys): Promise<Principal> {
  if (route.role === "none") return nobody;
  const header = request.headers.get("authorization") ?? "";
  const [, text] = /^Bearer (\S{1,128})$/i.exec(header) ?? [];
  if (text === undefined) throw noKey();
  const principal = await keys.authenticate(text);
  demandRole(principal, route.role);
  return principal;
}

function idempotencyKeyOf(request: Request, route: Route): string | undefined {
  const key = request.headers.get("idempotency-key") ?? undefined;
  if (key === undefined || route.isKeyed !== true) return undefined;
  if (key.length >= 1 && key.length <= 256) return key;
  throw raise("argument.invalid", {
    op: route.id,
    detail: { path: "/headers/idempotency-key", rule: "must have 1 to 256 characters", limit: 256 },
    message: "Cannot use the Idempotency-Key: it must have 1 to 256 characters",
  });
}

async function ready(context: Context, modules: AppModules): Promise<Response> {
  const providers = await modules.health();
  if (canWork(providers)) return context.json({ status: "ready", providers });
  return context.json({ status: "waiting", providers }, 503);
}

async function metrics(context: Context, modules: AppModules): Promise<Response> {
  if (modules.metrics === undefined) return answerFault(noRoute("/metrics"), "http.route");
  return context.text(await modules.metrics());
}

function noKey(): Error {
  return raise("key.invalid", {
    op: "http.authenticate",
    detail: { reason: "no key" },
    message: "Cannot tell who asks: send an API key as `Authorization: Bearer <key>`",
  });
}

function noRoute(path: string): Error {
  return raise("resource.missing", {
    op: "http.route",
    detail: { type: "route", id: path },
    message: `Cannot find ${path}: there is no such route with this method`,
  });
}
