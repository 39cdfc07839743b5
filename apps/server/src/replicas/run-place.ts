import { cancelRun, type Route } from "@bedplate/routes";
import type { RunService } from "@bedplate/runs";
import type { Exchange } from "../http/exchange.ts";

/** Where a request is answered best: the URL of another replica, or undefined for here. */
export type PlaceOf = (
  route: Route,
  exchange: Pick<Exchange, "principal" | "params">,
) => Promise<string | undefined>;

/** The first place that one of several names. */
export function firstPlace(...all: readonly PlaceOf[]): PlaceOf {
  return async (route, exchange) => {
    for (const each of all) {
      const place = await each(route, exchange);
      if (place !== undefined) return place;
    }
    return undefined;
  };
}

/** A cancel belongs to the replica that executes the run. */
export function placeByRun(
  runs: RunService,
  urlOf: (replica: string) => Promise<string | undefined>,
): PlaceOf {
  return async (route, { principal, params }) => {
    if (route.id !== cancelRun.id) return undefined;
    const holder = await runs.holder(principal.project, params["id"] ?? "");
    return holder === undefined ? undefined : urlOf(holder);
  };
}
