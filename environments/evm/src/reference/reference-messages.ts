import { Address, bytesToHex, hexToBytes, type PrefixedHexString } from "@ethereumjs/util";
import type { Context, Message, MessageResult, WorldChanges } from "../engine.ts";
import { noBytes } from "../transition/bytes.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { ExecutionStopped } from "./execution-watch.ts";
import type { ReferenceChain } from "./reference-chain.ts";
import { ReferenceChains } from "./reference-chains.ts";
import { exceptionOf, failureOf } from "./reference-failure.ts";
import { traced } from "./reference-trace.ts";
import { referenceBlock } from "./reference-transaction.ts";

type CallResult = Awaited<ReturnType<ReferenceChain["evm"]["runCall"]>>;

/** Executes single messages on `@ethereumjs/evm`; an `Engine` in all but that it answers later. */
export class ReferenceMessages implements Disposable {
  readonly #chains: ReferenceChains;
  #last: Promise<unknown> = Promise.resolve();

  constructor(crypto: TransitionCrypto) {
    this.#chains = new ReferenceChains(crypto);
  }

  execute(message: Message, context: Context): Promise<MessageResult> {
    const result = this.#last.then(() => this.#execute(message, context));
    this.#last = result.catch(() => undefined);
    return result;
  }

  [Symbol.dispose](): void {
    this.#chains.clear();
  }

  async #execute(message: Message, context: Context): Promise<MessageResult> {
    const { fork, block } = context;
    const wish = { fork, chainId: block.chainId };
    const chain = await this.#chains.get(wish);
    const { state, evm } = chain;
    state.begin(context.world);
    chain.useBlockHashes(context.block);
    evm.journal.cleanJournal();
    if (context.fork.rules.hasAccessList) warm(chain, context);
    try {
      await evm.journal.checkpoint();
      const result = await called(chain, { message, context });
      await evm.journal.commit();
      return answered(chain, { message, context, result });
    } catch (error) {
      this.#chains.drop(wish);
      if (!(error instanceof ExecutionStopped)) throw error;
      return { kind: "stopped", stopped: error.reason, ...nothing, changes: noChanges };
    }
  }
}

interface Exchange {
  readonly message: Message;
  readonly context: Context;
}

const nothing = { gasLeft: 0n, gasRefund: 0n, output: noBytes, logs: [] };
const noChanges: WorldChanges = {
  accounts: [],
  storage: [],
  destroyed: [],
  created: [],
  touched: [],
  reads: { addresses: [], slots: [] },
};

function called(chain: ReferenceChain, { message, context }: Exchange): Promise<CallResult> {
  const { evm, common } = chain;
  const trace = traced(chain, context);
  return evm
    .runCall({
      block: referenceBlock(context.block, { fork: context.fork, common }),
      gasPrice: context.gasPrice,
      caller: new Address(message.sender),
      gasLimit: message.gas,
      ...(message.kind === "call" && { to: new Address(message.to) }),
      value: message.value,
      data: message.input,
      isStatic: message.isStatic === true,
      blobVersionedHashes: context.blobHashes.map((hash) => bytesToHex(hash)),
      skipNonceIncrement: true,
    })
    .finally(() => trace[Symbol.dispose]());
}

function answered(
  { state, evm }: ReferenceChain,
  { message, context, result }: Exchange & { readonly result: CallResult },
): MessageResult {
  const { executionGasUsed, gasRefund = 0n, returnValue, logs } = result.execResult;
  const exceptionError = exceptionOf(result.execResult, context.fork);
  const { accounts, storage } = state.changes();
  const isSuccess = exceptionError === undefined;
  const isRevert = exceptionError?.error === "revert";
  const touched = [...evm.journal["touched"]].map((hex) => hexToBytes(`0x${hex}`));
  const destroyed = isSuccess ? destroyedBy(result, context) : [];
  return {
    kind: isSuccess ? "success" : isRevert ? "revert" : "failure",
    failure: isSuccess || isRevert ? undefined : failureOf(exceptionError.error),
    gasLeft: message.gas - executionGasUsed,
    gasRefund: isSuccess ? gasRefund : 0n,
    output: returnValue ?? noBytes,
    logs: isSuccess
      ? (logs ?? []).map(([address, topics, data]) => ({ address, topics, data }))
      : [],
    changes: { accounts, storage, destroyed, created: [], touched, reads: state.reads() },
  };
}

function destroyedBy({ execResult }: CallResult, { fork }: Context): readonly Uint8Array[] {
  const { selfdestruct = new Map<PrefixedHexString, PrefixedHexString>() } = execResult;
  const created = execResult.createdAddresses ?? new Set<PrefixedHexString>();
  return [...selfdestruct.keys()]
    .filter((address) => !fork.rules.destroysOnlyCreated || created.has(address))
    .map((address) => hexToBytes(address));
}

function warm({ evm }: ReferenceChain, { warm: { addresses, slots } }: Context): void {
  const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2);
  for (const [address] of evm.precompiles.entries()) evm.journal.addAlwaysWarmAddress(address);
  for (const address of addresses) evm.journal.addAlwaysWarmAddress(hex(address));
  for (const { address, slot } of slots) evm.journal.addAlwaysWarmSlot(hex(address), hex(slot));
}
