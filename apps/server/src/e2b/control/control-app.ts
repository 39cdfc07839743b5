import { demandRole, type Keys, type Principal } from "@bedplate/access";
import {
  apiErrorOf,
  createRequestSchema,
  egressRulesSchema,
  errorResponse,
  forkRequestSchema,
  fromE2bKey,
  pauseRequestSchema,
  timeoutRequestSchema,
} from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import { count } from "@bedplate/telemetry";
import { type Context, Hono } from "hono";
import { templateRoutes } from "../templates/template-routes.ts";
import {
  type AddRoute,
  type ControlHandler,
  type ControlModules,
  refOf,
} from "./control-exchange.ts";
import { listSandboxes } from "./list-sandboxes.ts";
import { readJson } from "./read-json.ts";
import { sandboxLogs } from "./sandbox-logs.ts";
import { detailOf, type Sandbox, viewOf } from "./sandbox-views.ts";
import { snapshotRoutes } from "./snapshot-routes.ts";

/** Seconds of a sandbox that names none, by the version of the route. */
const timeoutDefaults = { v1: 15, v2: 300 } as const;

/** The control API as E2B's clients call it. */
export function createControlApp(modules: ControlModules): Hono {
  const { sandboxes, machines } = modules;
  const view = (sandbox: Sandbox) => viewOf(sandbox, modules);
  const app = new Hono();
  const on = (method: string, path: string, handle: ControlHandler) =>
    app.on(method, path, (context) => answered(context, { handle, modules }));

  for (const version of ["v1", "v2"] as const) {
    const prefix = version === "v1" ? "" : "/v2";
    const defaultSeconds = timeoutDefaults[version];
    on("POST", `${prefix}/sandboxes`, async ({ context, principal }) => {
      const request = await readJson(context, createRequestSchema);
      const sandbox = await sandboxes.create(request, {
        project: principal.project,
        timeoutSeconds: request.timeout ?? defaultSeconds,
        isSecured: version === "v2" || request.secure === true,
        idempotencyKey: idempotencyKeyOf(context),
      });
      return context.json(view(sandbox), 201);
    });
    on("POST", `${prefix}/sandboxes/:id/connect`, async (exchange) => {
      const { context } = exchange;
      const { timeout = timeoutDefaults.v2 } = await readJson(context, timeoutRequestSchema);
      const { sandbox, isResumed } = await sandboxes.connect(refOf(exchange), timeout);
      return context.json(view(sandbox), isResumed ? 201 : 200);
    });
  }
  for (const path of ["/sandboxes", "/v2/sandboxes"]) {
    on("GET", path, async ({ context, principal }) => {
      const query = new URL(context.req.url).searchParams;
      const page = await listSandboxes(machines, { project: principal.project, query });
      if (page.next !== undefined) context.header("x-next-token", page.next);
      return context.json(page.sandboxes);
    });
  }
  on("POST", "/sandboxes/:id/resume", async (exchange) => {
    const { context } = exchange;
    const { timeout = timeoutDefaults.v1 } = await readJson(context, timeoutRequestSchema);
    const { sandbox } = await sandboxes.connect(refOf(exchange), timeout);
    return context.json(view(sandbox), 201);
  });
  addLifeRoutes(on, modules);
  on("GET", "/sandboxes/:id/metrics", async (exchange) => {
    const query = new URL(exchange.context.req.url).searchParams;
    const range = { from: epochMs(query.get("start")), to: epochMs(query.get("end")) };
    return exchange.context.json(await sandboxes.metrics(refOf(exchange), range));
  });
  for (const path of ["/sandboxes/:id/logs", "/v2/sandboxes/:id/logs"]) {
    on("GET", path, async (exchange) => {
      await sandboxes.get(refOf(exchange));
      return exchange.context.json(await sandboxLogs(machines, refOf(exchange)));
    });
  }
  on("POST", "/sandboxes/:id/fork", async (exchange) => {
    const request = await readJson(exchange.context, forkRequestSchema);
    const toView = (sandbox: Sandbox) => ({ sandbox: view(sandbox) });
    return exchange.context.json(await sandboxes.fork(refOf(exchange), request, toView), 201);
  });
  templateRoutes(on, app, modules.templateRoutes);
  snapshotRoutes(on, modules);
  app.get("/health", (context) => context.text("", 200));
  app.notFound(() => errorResponse({ code: 404, message: "Cannot find this route" }));
  app.onError((error) => errorResponse(apiErrorOf(error, "e2b.control")));
  return app;
}

function addLifeRoutes(on: AddRoute, modules: ControlModules): void {
  const { sandboxes } = modules;
  on("GET", "/sandboxes/:id", async (exchange) =>
    exchange.context.json(detailOf(await sandboxes.get(refOf(exchange)), modules)),
  );
  on("DELETE", "/sandboxes/:id", async (exchange) => {
    await sandboxes.kill(refOf(exchange));
    return exchange.context.body(null, 204);
  });
  on("POST", "/sandboxes/:id/timeout", async (exchange) => {
    const { timeout } = await readJson(exchange.context, timeoutRequestSchema);
    if (timeout === undefined) throw invalid("/timeout", "is missing");
    await sandboxes.setTimeout(refOf(exchange), timeout);
    return exchange.context.body(null, 204);
  });
  on("POST", "/sandboxes/:id/refreshes", async (exchange) => {
    await sandboxes.connect(refOf(exchange), timeoutDefaults.v1);
    return exchange.context.body(null, 204);
  });
  on("POST", "/sandboxes/:id/pause", async (exchange) => {
    const { memory = true } = await readJson(exchange.context, pauseRequestSchema);
    await sandboxes.pause(refOf(exchange), memory);
    return exchange.context.body(null, 204);
  });
  on("PUT", "/sandboxes/:id/network", async (exchange) => {
    const rules = await readJson(exchange.context, egressRulesSchema);
    await sandboxes.setNetwork(refOf(exchange), rules);
    return exchange.context.body(null, 204);
  });
}

/** Wraps a handler: key, errors, metrics. */
export async function answered(
  context: Context,
  options: {
    readonly handle: ControlHandler;
    readonly modules: Pick<ControlModules, "keys" | "log">;
  },
): Promise<Response> {
  const { handle, modules } = options;
  let response: Response;
  try {
    response = await handle({ context, principal: await authenticate(context, modules.keys) });
  } catch (error) {
    const answer = apiErrorOf(error, "e2b.control");
    if (answer.code >= 500) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : "unknown";
      modules.log.error("request failed", { route: context.req.routePath, reason });
    }
    response = errorResponse(answer);
  }
  const labels = { route: context.req.routePath, status: String(response.status) };
  count("bedplate_e2b_requests_total", 1, labels);
  return response;
}

async function authenticate(context: Context, keys: Keys): Promise<Principal> {
  const bearer = /^Bearer (\S{1,512})$/i.exec(context.req.header("authorization") ?? "")?.[1];
  const text = context.req.header("x-api-key") ?? bearer;
  if (text === undefined || text.length > 512) throw noKey();
  const principal = await keys.authenticate(fromE2bKey(text));
  demandRole(principal, "runner");
  return principal;
}

function idempotencyKeyOf(context: Context): string | undefined {
  const key = context.req.header("idempotency-key");
  if (key === undefined || /^[A-Za-z0-9_-]{1,255}$/.test(key)) return key;
  throw invalid("/headers/idempotency-key", "must have 1 to 255 letters, digits, - and _");
}

function epochMs(seconds: string | null): number | undefined {
  if (seconds === null) return undefined;
  if (/^\d{1,12}$/.test(seconds)) return Number(seconds) * 1000;
  throw invalid("/query", "has a time that is no whole number of seconds");
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "e2b.control",
    detail: { path, rule },
    message: `Cannot read the request: ${path} ${rule}`,
  });
}

function noKey(): Error {
  return raise("key.invalid", {
    op: "e2b.authenticate",
    detail: { reason: "no key" },
    message: "Cannot tell who asks: send an API key as X-API-Key",
  });
}
