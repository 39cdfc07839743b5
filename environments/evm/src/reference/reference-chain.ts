import { type Common, createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { createVM, type VM } from "@ethereumjs/vm";
import type { BlockContext } from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { ExecutionWatch } from "./execution-watch.ts";
import { lazyKzg } from "./lazy-kzg.ts";
import { ReferenceState } from "./reference-state.ts";

/** Our names of forks against those of the reference implementation. */
const hardforks: Readonly<Record<string, string>> = {
  frontier: Hardfork.Chainstart,
  homestead: Hardfork.Homestead,
  tangerineWhistle: Hardfork.TangerineWhistle,
  spuriousDragon: Hardfork.SpuriousDragon,
  byzantium: Hardfork.Byzantium,
  constantinople: Hardfork.Constantinople,
  petersburg: Hardfork.Petersburg,
  istanbul: Hardfork.Istanbul,
  berlin: Hardfork.Berlin,
  london: Hardfork.London,
  paris: Hardfork.Paris,
  shanghai: Hardfork.Shanghai,
  cancun: Hardfork.Cancun,
  prague: Hardfork.Prague,
  osaka: Hardfork.Osaka,
  amsterdam: Hardfork.Amsterdam,
};

/** One virtual machine of the reference implementation, for one fork and chain. */
export interface ReferenceChain {
  readonly vm: VM;
  readonly evm: EVM;
  readonly common: Common;
  readonly state: ReferenceState;
  readonly watch: ExecutionWatch;
  /** Says which block hashes the next transaction can ask for. */
  useBlockHashes(block: BlockContext): void;
}

export async function openReferenceChain(
  { fork, chainId }: { fork: Fork; chainId: bigint },
  crypto: TransitionCrypto,
): Promise<ReferenceChain> {
  const common = createCustomCommon({ chainId: Number(chainId) }, Mainnet, {
    hardfork: hardforkOf(fork),
    customCrypto: { kzg: lazyKzg() },
  });
  const state = new ReferenceState((bytes) => crypto.keccak256(bytes));
  const chain = blockHashes();
  const evm = await createEVM({ common, stateManager: state, blockchain: chain });
  const vm = await createVM({ common, evm, stateManager: state });
  const watch = new ExecutionWatch(evm);
  return { vm, evm, common, state, watch, useBlockHashes: chain.use };
}

function hardforkOf(fork: Fork): string {
  const name = hardforks[fork.name];
  if (name === undefined)
    throw new Error(`Cannot use ${fork.name}: the reference has no such fork`);
  return name;
}

/** A chain of which only hashes are known, by number. */
function blockHashes() {
  let block: BlockContext | undefined;
  const chain = {
    use(next: BlockContext): void {
      block = next;
    },
    async getBlock(number: unknown) {
      const hash = block?.blockHash(BigInt(number as number)) ?? new Uint8Array(32);
      return { hash: () => hash };
    },
    async putBlock(): Promise<void> {},
    shallowCopy: () => chain,
  };
  return chain;
}
