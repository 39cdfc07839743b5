import { readFileSync } from "node:fs";
import {
  compileRewritten,
  type MeteredModule,
  type RewriteOptions,
  type RewrittenModule,
  rewriteDigest,
  rewriteModule,
} from "@bedplate/wasm-module";
import { patchQuickJs } from "./binary-patch.ts";

/** The engine's version, as `quickjs-wasi` names itself. */
export const quickJsVersion = "3.6.2";

/** Bump when the patch changes what is made of the same binary. */
const patchVersion = 1;

/** Most memory of any run, in pages of 64 KiB: 1 GiB. The budget of a run is checked at each growth. */
export const memoryPagesCeiling = 16_384;

/**
 * NaN bits are kept as they come: the engine boxes its values in NaNs and makes every NaN canonical
 * when it makes a value, so a guest cannot see a processor's choice.
 */
const rewriteOptions: RewriteOptions = {
  fuel: true,
  depth: true,
  nan: "keep",
  memoryPagesMax: memoryPagesCeiling,
};

/** Names the rewritten module in caches. */
export const engineCacheKey: string = `quickjs-wasi@${quickJsVersion}/${patchVersion}/${rewriteDigest(rewriteOptions)}`;

/** Rewrites QuickJS for fuel and depth; some tens of milliseconds. */
export function rewriteQuickJs(): RewrittenModule {
  return rewriteModule(readQuickJs(), rewriteOptions);
}

/** The engine as it is before it is rewritten: patched, not metered. */
export function readQuickJs(): Uint8Array {
  return patchQuickJs(readFileSync(new URL(import.meta.resolve("quickjs-wasi/quickjs.wasm"))));
}

/** Compiles what `rewriteQuickJs` made. */
export function compileQuickJs(rewritten: RewrittenModule): MeteredModule {
  return compileRewritten(rewritten);
}
