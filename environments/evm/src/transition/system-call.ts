import type { Crypto } from "../crypto/crypto.ts";
import type { BlockContext, Context, Message, MessageResult } from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import { bytesOfHex, noBytes } from "./bytes.ts";
import type { MemoryWorld } from "./memory-world.ts";
import { TransactionState } from "./transaction-state.ts";

/** EIP-4788. */
export const beaconRootsAddress: Uint8Array = bytesOfHex(
  "000f3df6d732807ef1319fb7b8bb8522d0beac02",
);
/** EIP-2935. */
export const blockHashesAddress: Uint8Array = bytesOfHex(
  "0000f90827f1c53a10cb7a02335b175320002935",
);
/** EIP-7002. */
export const withdrawalRequestsAddress: Uint8Array = bytesOfHex(
  "00000961ef480eb55e80d19ad83579a64c007002",
);
/** EIP-7251. */
export const consolidationRequestsAddress: Uint8Array = bytesOfHex(
  "0000bbddc7ce488642fb579f8b00f3a590007251",
);

const systemCaller = bytesOfHex("fffffffffffffffffffffffffffffffffffffffe");
const systemGas = 30_000_000n;

export interface SystemMeans {
  readonly messages: {
    execute(message: Message, context: Context): MessageResult | Promise<MessageResult>;
  };
  readonly crypto: Crypto;
}

export interface SystemCall {
  readonly fork: Fork;
  readonly block: BlockContext;
  readonly address: Uint8Array;
  readonly input: Uint8Array;
}

/** A call that a block makes by itself: it pays nothing, and where no contract is nothing happens. */
export async function systemCall(
  { fork, block, address, input }: SystemCall,
  { world, means }: { world: MemoryWorld; means: SystemMeans },
): Promise<{ readonly world: MemoryWorld; readonly output: Uint8Array | undefined }> {
  const state = new TransactionState(world, means.crypto.keccak256(noBytes));
  if (state.codeOf(address).length === 0) return { world, output: undefined };
  const message = { kind: "call", sender: systemCaller, to: address, value: 0n } as const;
  const result = await means.messages.execute(
    { ...message, input, gas: systemGas },
    {
      fork,
      block,
      origin: systemCaller,
      gasPrice: block.baseFee,
      blobHashes: [],
      world: state,
      warm: { addresses: [address], slots: [] },
    },
  );
  if (result.kind !== "success") return { world, output: noBytes };
  state.merge(result.changes);
  for (const destroyed of result.changes.destroyed) state.delete(destroyed);
  state.deleteEmpty();
  return { world: world.after(state.changes()), output: result.output };
}
