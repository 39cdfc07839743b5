import type { Declares, FacetName, FacetsOf } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { ReceiptSubject } from "../receipt.ts";
import type { GateContext } from "./gate-context.ts";
import { GatedEgress } from "./gated-egress.ts";
import { GatedExec } from "./gated-exec.ts";
import { GatedFiles } from "./gated-files.ts";
import { GatedInvoke, type GatedInvokeDriver } from "./gated-invoke.ts";
import { GatedObserve } from "./gated-observe.ts";
import { GatedPause } from "./gated-pause.ts";
import { GatedResize } from "./gated-resize.ts";
import { GatedRewind } from "./gated-rewind.ts";
import { GatedServe } from "./gated-serve.ts";
import { GatedSnapshot } from "./gated-snapshot.ts";

/** The declared facets, each behind the gate; `invoke` answers with a receipt. */
export type GatedFacets<D extends Declares> = Omit<FacetsOf<D>, "invoke"> &
  ("invoke" extends keyof D
    ? { readonly invoke: GatedInvokeDriver }
    : { readonly invoke?: undefined });

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

type Gate = new (driver: never, options: never) => object;

const gates: { readonly [F in FacetName]: Gate } = {
  invoke: GatedInvoke,
  rewind: GatedRewind,
  exec: GatedExec,
  files: GatedFiles,
  serve: GatedServe,
  egress: GatedEgress,
  pause: GatedPause,
  snapshot: GatedSnapshot,
  resize: GatedResize,
  observe: GatedObserve,
};

function gateFacet(name: FacetName, { driver, ...options }: FacetOptions): object {
  return new gates[name](driver as never, options as never);
}
