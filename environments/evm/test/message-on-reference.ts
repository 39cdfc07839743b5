import { Address, bytesToHex, hexToBytes } from "@ethereumjs/util";
import type { Context, Message, MessageResult, WorldReader } from "../src/engine.ts";
import { openReferenceChain, type ReferenceChain } from "../src/reference/reference-chain.ts";
import { referenceBlock } from "../src/reference/reference-transaction.ts";
import { noBytes } from "../src/transition/bytes.ts";
import { prepareTransaction } from "../src/transition/prepare-transaction.ts";
import type {
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../src/transition/transactor.ts";
import type { TransitionCrypto } from "../src/transition/transition-crypto.ts";

/** Our own transition around messages that the reference implementation executes: proves the transition alone. */
export class MessageOnReference implements Transactor {
  readonly name = "reference";
  readonly #crypto: TransitionCrypto;
  readonly #chains = new Map<string, ReferenceChain>();

  constructor(crypto: TransitionCrypto) {
    this.#crypto = crypto;
  }

  async transact(request: TransactionRequest, world: WorldReader): Promise<TransactionResult> {
    const prepared = prepareTransaction(request, { world, crypto: this.#crypto });
    if (!("message" in prepared)) return prepared;
    return prepared.finish(await this.#execute(prepared.message, prepared.context));
  }

  [Symbol.dispose](): void {}

  async #execute(message: Message, context: Context): Promise<MessageResult> {
    const { fork, block } = context;
    const key = `${fork.name} ${block.chainId}`;
    const chain =
      this.#chains.get(key) ??
      (await openReferenceChain({ fork, chainId: block.chainId }, this.#crypto));
    this.#chains.set(key, chain);
    const { state, evm, common } = chain;
    state.begin(context.world);
    chain.useBlockHashes(block);
    evm.journal.cleanJournal();
    if (fork.rules.hasAccessList) warm(chain, context);
    await evm.journal.checkpoint();
    const result = await evm.runCall({
      block: referenceBlock(block, { fork, common }),
      gasPrice: context.gasPrice,
      caller: new Address(message.sender),
      gasLimit: message.gas,
      ...(message.kind === "call" && { to: new Address(message.to) }),
      value: message.value,
      data: message.input,
      blobVersionedHashes: context.blobHashes.map((hash) => bytesToHex(hash)),
      skipNonceIncrement: true,
    });
    await evm.journal.commit();
    const {
      exceptionError,
      executionGasUsed,
      gasRefund = 0n,
      returnValue,
      logs,
    } = result.execResult;
    const touched = [...evm.journal.touched].map((hex) => hexToBytes(`0x${hex}`));
    const changes = state.changes();
    const isSuccess = exceptionError === undefined;
    const { selfdestruct = new Map<string, string>(), createdAddresses } = result.execResult;
    const destroyed = [...selfdestruct.keys()].filter(
      (hex) => !fork.rules.destroysOnlyCreated || createdAddresses?.has(hex as `0x${string}`),
    );
    return {
      kind: isSuccess ? "success" : exceptionError.error === "revert" ? "revert" : "failure",
      failure: exceptionError?.error,
      gasLeft: message.gas - executionGasUsed,
      gasRefund: isSuccess ? gasRefund : 0n,
      output: returnValue ?? noBytes,
      logs: isSuccess
        ? (logs ?? []).map(([address, topics, data]) => ({ address, topics, data }))
        : [],
      changes: {
        accounts: changes.accounts,
        storage: changes.storage,
        destroyed: isSuccess ? destroyed.map((hex) => hexToBytes(hex as `0x${string}`)) : [],
        created: [],
        touched,
        reads: state.reads(),
      },
    };
  }
}

function warm({ evm }: ReferenceChain, { warm: { addresses, slots } }: Context): void {
  const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2);
  for (const [address] of evm.precompiles.entries()) evm.journal.addAlwaysWarmAddress(address);
  for (const address of addresses) evm.journal.addAlwaysWarmAddress(hex(address));
  for (const { address, slot } of slots) evm.journal.addAlwaysWarmSlot(hex(address), hex(slot));
}
