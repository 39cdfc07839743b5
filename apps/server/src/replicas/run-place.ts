import { cancelRun, followLogs, type Route } from "@bedplate/routes";
import type { RunService } from "@bedplate/runs";
import type { Exchange } from "../http/exchange.ts";
import type { ReplicaDirectory } from "./replica-directory.ts";

/** Where a request is answered best: the URL of another replica, or undefined for here. */
export type PlaceOf = (route: Route, exchange: Exchange) => Promise<string | undefined>;

const placed: ReadonlySet<string> = new Set([cancelRun.id, followLogs.id]);

/** Live logs and cancels belong to the replica that executes the run. */
export function placeByRun(runs: RunService, directory: ReplicaDirectory): PlaceOf {
  return async (route, { principal, params }) => {
    if (!placed.has(route.id)) return undefined;
    const holder = await runs.holder(principal.project, params["id"] ?? "");
    return holder === undefined ? undefined : directory.urlOf(holder);
  };
}
