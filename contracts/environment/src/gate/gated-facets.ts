import type { Call } from "../call.ts";
import type { Declares, FacetName, FacetsOf } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { ReceiptSubject } from "../receipt.ts";
import type { GateContext } from "./gate-context.ts";
import { GatedInvoke, type GatedInvokeDriver } from "./gated-invoke.ts";
import { GatedObserve } from "./gated-observe.ts";
import { GatedRewind } from "./gated-rewind.ts";
import { operate, operateStream } from "./operation.ts";

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
    if (driver === undefined || declares[name] === undefined) continue;
    result[name] = gateFacet(name, { driver, params: declares[name], subject, context });
  }
  return result as GatedFacets<D>;
}

interface FacetOptions {
  readonly driver: object;
  readonly params: object;
  readonly subject: ReceiptSubject;
  readonly context: GateContext;
}

function gateFacet(name: FacetName, options: FacetOptions): object {
  const { driver, params, subject, context } = options;
  if (name === "invoke") {
    return new GatedInvoke(driver as never, { params: params as never, subject, context });
  }
  if (name === "rewind")
    return new GatedRewind(driver as never, { params: params as never, context });
  if (name === "observe") {
    return new GatedObserve(driver as never, { params: params as never, context });
  }
  return gateMethods(name, { driver, context });
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
        const call = values.at(-1) as Call;
        const answer = (method as Method).apply(target, values as never);
        if (isStream(answer)) return operateStream(context.operations, { op, call }, () => answer);
        return operate(context.operations, { op, call }, () => Promise.resolve(answer));
      };
    },
  });
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
