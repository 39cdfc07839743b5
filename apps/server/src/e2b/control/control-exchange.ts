import type { Keys, Principal } from "@bedplate/access";
import { sandboxIdPattern } from "@bedplate/e2b";
import type { MachineService } from "@bedplate/machines";
import type { Log } from "@bedplate/telemetry";
import type { Context } from "hono";
import type { TemplateRoutesModules } from "../templates/template-routes.ts";
import type { SandboxTokens } from "./sandbox-tokens.ts";
import type { Sandboxes, SandboxRef } from "./sandboxes.ts";

/** What the control API is built from. */
export interface ControlModules {
  readonly keys: Keys;
  readonly machines: MachineService;
  readonly sandboxes: Sandboxes;
  readonly tokens: SandboxTokens;
  /** The domain under which sandboxes are reached; empty: clients are told none. */
  readonly domain: string;
  readonly log: Log;
  readonly templateRoutes: TemplateRoutesModules;
}

/** One request of somebody who may have sandboxes. */
export interface ControlExchange {
  readonly context: Context;
  readonly principal: Principal;
}

/** A handler behind the key check. */
export type ControlHandler = (exchange: ControlExchange) => Promise<Response>;

/** Adds a handler to the control API. */
export type AddRoute = (method: string, path: string, handle: ControlHandler) => void;

/** The sandbox of a path; an id that none can have is one that is not there. */
export function refOf({ context, principal }: ControlExchange): SandboxRef {
  // Clients of old wrote the node's id behind it.
  const [id = ""] = (context.req.param("id") ?? "").split("-");
  return { project: principal.project, id: sandboxIdPattern.test(id) ? id : "none" };
}
