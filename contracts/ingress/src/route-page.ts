import { type CursorScope, openCursor, sealCursor } from "@bedplate/codec";
import type { DesiredRoute, IngressLimits } from "./ingress-driver.ts";
import { refuse } from "./ingress-faults.ts";

/** Which part of the routes to list. */
export interface ListRequest {
  /** Most routes per page. Default: 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** A request, checked, and what seals its cursor. */
export interface PlannedPage {
  readonly range: { readonly after: string | null; readonly limit: number };
  readonly scope: CursorScope;
}

const limitDefault = 100;

/** Checks a request and finds where its page begins. */
export function planPage(
  { limit = limitDefault, cursor }: ListRequest,
  { secret, limits }: { readonly secret: Uint8Array; readonly limits: IngressLimits },
): PlannedPage {
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageMax) {
    throw refuse("list", "/limit", `must be a whole number from 1 to ${limits.pageMax}`);
  }
  const scope = { secret, listing: ["ingress.list"] };
  if (cursor === undefined) return { range: { after: null, limit }, scope };
  const after = openCursor(cursor, scope);
  if (typeof after !== "string") throw refuse("list", "/cursor", "is not of this listing");
  return { range: { after, limit }, scope };
}

/** The cursor after a page; `undefined` when the page was not full. */
export function cursorAfter(
  routes: readonly DesiredRoute[],
  { range, scope }: PlannedPage,
): string | undefined {
  const last = routes.at(-1);
  if (last === undefined || routes.length < range.limit) return undefined;
  return sealCursor(last.spec.name, scope);
}
