import type { Call } from "../call.ts";
import type { Declares, FacetName, FacetsOf } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { ReceiptSubject } from "../receipt.ts";
import { withDeadline } from "./deadline.ts";
import type { GateContext } from "./gate-context.ts";
import { GatedInvoke, type GatedInvokeDriver } from "./gated-invoke.ts";
import { normaliseError } from "./normalise.ts";

/** The declared facets, each behind the gate; `invoke` answers with a receipt. */
export type GatedFacets<D extends Declares> = Omit<FacetsOf<D>, "invoke"> &
  ("invoke" extends keyof D
    ? { readonly invoke: GatedInvokeDriver }
    : { readonly invoke?: undefined });

type Method = (...values: readonly unknown[]) => unknown;

/** Wraps each declared facet of an instance. */
export function gateFacets<D extends Declares>(
  facets: FacetsOf<D>,
  options: {
    readonly declares: D;
    readonly subject: ReceiptSubject;
    readonly context: GateContext;
  },
): GatedFacets<D> {
  const { declares, subject, context } = options;
  const result: Partial<Record<FacetName, object>> = {};
  for (const name of facetNames) {
    const driver = (facets as Partial<Record<FacetName, object>>)[name];
    const params = declares[name];
    if (driver === undefined || params === undefined) continue;
    result[name] =
      name === "invoke"
        ? new GatedInvoke(driver as never, { params: params as never, subject, context })
        : gateMethods(name, { driver, context });
  }
  return result as GatedFacets<D>;
}

/** Wraps every method of a facet; the last argument of each is its call. */
function gateMethods(
  name: FacetName,
  options: { readonly driver: object; readonly context: GateContext },
): object {
  const { driver, context } = options;
  return new Proxy(driver, {
    get(target, property) {
      const method = Reflect.get(target, property) as unknown;
      if (typeof method !== "function" || typeof property !== "string") return method;
      const op = `instance.${name}.${property}`;
      return (...values: readonly unknown[]) => {
        context.monitor.demand(name);
        const answer = (method as Method).apply(target, values as never);
        if (!(answer instanceof Promise)) return answer;
        return guard(answer, { op, call: values.at(-1) as Call, context });
      };
    },
  });
}

async function guard(
  answer: Promise<unknown>,
  options: { readonly op: string; readonly call: Call; readonly context: GateContext },
): Promise<unknown> {
  const { op, call, context } = options;
  try {
    return await withDeadline(answer, { op, call, now: context.now });
  } catch (error) {
    throw normaliseError(error, op, call.signal);
  }
}
