import type { Principal } from "@bedplate/access";
import type { Route, RouteBody } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";

/** One request, taken apart as its route says. */
export interface Exchange<Query = unknown, Body = unknown> {
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey?: string | undefined;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** W3C traceparent of the request; empty when there is none. */
  readonly trace: string;
  /** Asks another replica with the caller's own key; undefined where a replica asks already. */
  readonly replica?: ((url: string) => Bedplate) | undefined;
}

/** What answers a route: a value of its answer schema, bytes, or events. */
export type Handler<Q, B, A> = (exchange: Exchange<Q, B>) => Promise<A> | AsyncIterable<A>;

/** A route with what answers it. */
export interface Endpoint {
  readonly route: Route;
  readonly handle: Handler<unknown, unknown, unknown>;
}

/** Binds a handler to its route; the compiler compares them. */
export function endpoint<Q, B, A>(route: Route<Q, B, A>, handle: Handler<Q, B, A>): Endpoint {
  return { route: route as Route, handle: handle as Handler<unknown, unknown, unknown> };
}

/** True for a route that answers with a stream of events. */
export function isStream(answer: RouteBody<unknown>): boolean {
  return answer.form === "events";
}
