import { erasePlugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { evmCompiledPlugin } from "../environment/evm-plugin.ts";
import { bytesOfHex } from "../transition/bytes.ts";

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
