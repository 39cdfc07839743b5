import type { Fork } from "../forks/fork.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { openReferenceChain, type ReferenceChain } from "./reference-chain.ts";

/** Virtual machines kept, one for each fork and chain id; the one used longest ago goes first. */
const chainsMax = 16;

/** The virtual machines that a reference engine keeps between executions. */
export class ReferenceChains {
  readonly #crypto: TransitionCrypto;
  readonly #chains = new Map<string, Promise<ReferenceChain>>();

  constructor(crypto: TransitionCrypto) {
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#chains.size;
  }

  get(wish: { readonly fork: Fork; readonly chainId: bigint }): Promise<ReferenceChain> {
    const key = `${wish.fork.name} ${wish.chainId}`;
    const chain = this.#chains.get(key) ?? openReferenceChain(wish, this.#crypto);
    this.#chains.delete(key);
    this.#chains.set(key, chain);
    const [oldest] = this.#chains.keys();
    if (this.#chains.size > chainsMax && oldest !== undefined) this.#chains.delete(oldest);
    return chain;
  }

  /**
   * Forgets the machine of an execution that was thrown out of: its transient storage and its journal still
   * hold what the contracts had done by then, and the next execution would find it.
   */
  drop({ fork, chainId }: { readonly fork: Fork; readonly chainId: bigint }): void {
    this.#chains.delete(`${fork.name} ${chainId}`);
  }

  clear(): void {
    this.#chains.clear();
  }
}
