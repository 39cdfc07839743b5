/**
 * What the compiler has to refuse. This file is checked by `tsc` and never runs: each
 * `@ts-expect-error` is an error by itself when the line below it compiles.
 */
import {
  definePlugin,
  type EnvironmentDriver,
  type FacetsOf,
  type InvokeDriver,
  type InvokeParams,
  type Manifest,
  type RewindDriver,
} from "../src/index.ts";

declare const invoke: InvokeDriver;
declare const rewind: RewindDriver;
declare const manifest: Manifest<InvokeOnly>;
declare const driver: EnvironmentDriver<Nothing>;

interface InvokeOnly {
  readonly invoke: InvokeParams;
}

type Nothing = Record<never, never>;

/** Exactly the declared facet: fine. */
export const declared: FacetsOf<InvokeOnly> = { invoke };

// @ts-expect-error a declared facet is missing
export const missing: FacetsOf<InvokeOnly> = {};

// @ts-expect-error an undeclared facet is supplied
export const surplus: FacetsOf<InvokeOnly> = { invoke, rewind };

// @ts-expect-error nothing is declared, and a facet is supplied
export const undeclared: FacetsOf<Nothing> = { invoke };

/** A plug-in whose driver lacks what its manifest declares. */
export const plugin: object = definePlugin<InvokeOnly>({
  manifest,
  // @ts-expect-error the driver's instances have no `invoke`
  open: async () => driver,
});
