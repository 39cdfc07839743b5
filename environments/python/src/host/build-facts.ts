import { type Digest, digestValue } from "@bedplate/codec";
import { rewriteDigest } from "@bedplate/wasm-module";
import { rewriteOptions } from "../channel/rewrite-options.ts";
import { preludeSource, runnerSource } from "../guest/runner-source.ts";

/** This package's version. */
export const packageVersion = "0.1.0";

/** The distribution of CPython that the package depends on. */
export const engineVersion = "pyodide@314.0.7";

/** Digest of what will run: the version, the interpreter, what is added to it and its runner. */
export function buildDigest(): Digest {
  const facts = ["python", packageVersion, engineVersion, rewriteDigest(rewriteOptions)];
  return digestValue([...facts, preludeSource, runnerSource]);
}
