import { erasePlugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { blockKey } from "../environment/block-keys.ts";
import { encodeBlock } from "../environment/block-record.ts";
import { evmCompiledPlugin } from "../environment/evm-plugin.ts";
import { accountKey, encodeAccount } from "../environment/state-keys.ts";
import { bytesOfHex, zeroWord } from "../transition/bytes.ts";

/** A transfer of nothing on chain 1, for no gas price. */
const freeTransaction = bytesOfHex(
  "f85f8080825208942222222222222222222222222222222222222222808026a0e60430476ce42bee76d59744bcdba744da53237952b104423b932da8756d9feba0229a41d057fc3e306f06d8edae8b956bc577435da3ae2afdc49bea21e8a994f5",
);
/** The same for 100 wei per gas at most, of which one is a tip. */
const tippingTransaction = bytesOfHex(
  "02f862018001648252089422222222222222222222222222222222222222228080c001a02ac7f79bbfd99997bff6edf4540988a56262969756e582fcfa164d7b30f11e37a03dcee968a2e2a6d85779208930d553c4c4b467f9b647312630bdb241eb985447",
);
const sender = bytesOfHex("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a");
const codeHash = bytesOfHex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
const openBlock = {
  number: 1n,
  timestamp: 1n,
  gasLimit: 30_000_000n,
  baseFee: 10n,
  prevRandao: zeroWord,
  parentHash: zeroWord,
};

/** What the compiling engine's environment is tested with. */
export const subject: ConformanceSubject = {
  plugin: erasePlugin(evmCompiledPlugin()),
  programs: {
    // CALLDATACOPY all, RETURN it.
    echo: code("365f5f37 365ff3"),
    // SSTORE(0, 1), then as echo, with REVERT.
    fail: code("60015f55 365f5f37 365ffd"),
    spin: code("5b5f56"),
    // LOG0 of 1,024 bytes for ever.
    flood: code("5b6104005fa05f56"),
    corrupt: { artifact: textBytes("0x60zz") },
    // Calls itself with all its gas, which spins; when that fails, again.
    stubborn: code("36601257 5b5f5f60015f5f305af150600456 5b601256"),
    // SLOAD(0) + 1, kept and said in one or two decimal digits.
    count: code(
      "5f5460010180 5f55 600a8110602657 600a810460300 15f53 600a900660300 1600153 60025ff3 5b6030015f5360015ff3",
    ),
    clock: code("425f5260205ff3"),
    random: code("445f5260205ff3"),
    // LOG0 of `a`, LOG1 of `b`, LOG0 of `c`.
    events: code("60615f5360015fa0 60625f53600760015fa1 60635f5360015fa0 00"),
    picky: {
      artifact: textBytes('{"format":"evm-chain/1","chainId":1}'),
      entry: "transact",
      input: (payload) => {
        const isYes = Buffer.from(payload).toString() === "yes";
        return isYes ? freeTransaction : freeTransaction.subarray(1);
      },
    },
    credit: {
      artifact: textBytes('{"format":"evm-chain/1","chainId":1,"baseFee":"10"}'),
      entry: "transact",
      input: () => tippingTransaction,
      state: [
        {
          key: accountKey(sender),
          value: encodeAccount({ nonce: 0n, balance: 10n ** 18n, codeHash }),
        },
        { key: blockKey(1n), value: encodeBlock(openBlock) },
      ],
    },
    unsupported: {
      artifact: textBytes('{"format":"evm-chain/1","chainId":1,"fork":"london"}'),
    },
  },
  cannot: {
    trap: "a message that breaks a rule uses up its gas, whichever rule it is: it is exhausted",
    read: "code alone has a world of its own; a chain reads accounts and slots, not keys",
    write: "code alone has a world of its own; a chain writes accounts and slots, not keys",
  },
};

/** Cases tell programs apart by their artifacts. */
function code(digits: string): ConformanceProgram {
  return { artifact: bytesOfHex(digits.replaceAll(" ", "")), entry: "call" };
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
