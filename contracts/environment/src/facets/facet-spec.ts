import type { EgressDriver, EgressParams } from "./egress.ts";
import type { ExecDriver, ExecParams } from "./exec.ts";
import type { FilesDriver, FilesParams } from "./files.ts";
import type { InvokeDriver, InvokeParams } from "./invoke.ts";
import type { ObserveDriver, ObserveParams } from "./observe.ts";
import type { PauseDriver, PauseParams } from "./pause.ts";
import type { ResizeDriver, ResizeParams } from "./resize.ts";
import type { RewindDriver, RewindParams } from "./rewind.ts";
import type { ServeDriver, ServeParams } from "./serve.ts";
import type { SnapshotDriver, SnapshotParams } from "./snapshot.ts";

/** Every optional ability: what a manifest says of it, and what an instance then offers. */
export interface FacetSpec {
  readonly invoke: { readonly params: InvokeParams; readonly driver: InvokeDriver };
  readonly rewind: { readonly params: RewindParams; readonly driver: RewindDriver };
  readonly observe: { readonly params: ObserveParams; readonly driver: ObserveDriver };
  readonly exec: { readonly params: ExecParams; readonly driver: ExecDriver };
  readonly files: { readonly params: FilesParams; readonly driver: FilesDriver };
  readonly serve: { readonly params: ServeParams; readonly driver: ServeDriver };
  readonly egress: { readonly params: EgressParams; readonly driver: EgressDriver };
  readonly pause: { readonly params: PauseParams; readonly driver: PauseDriver };
  readonly resize: { readonly params: ResizeParams; readonly driver: ResizeDriver };
  readonly snapshot: { readonly params: SnapshotParams; readonly driver: SnapshotDriver };
}

export type FacetName = keyof FacetSpec;

/** Every facet name, in the order of the glossary. */
export const facetNames: readonly FacetName[] = [
  "invoke",
  "rewind",
  "exec",
  "files",
  "serve",
  "egress",
  "pause",
  "snapshot",
  "resize",
  "observe",
];

/** The facets that a manifest declares, each with its parameters. */
export type Declares = { readonly [F in FacetName]?: FacetSpec[F]["params"] };

/** Exactly the declared facets: a declared one must be present, an undeclared one must be absent. */
export type FacetsOf<D extends Declares> = {
  readonly [F in keyof D & FacetName]-?: FacetSpec[F]["driver"];
} & {
  readonly [F in Exclude<FacetName, keyof D>]?: never;
};
