import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  openCrypto,
  type Precompile,
  type PrecompileSet,
  precompilesOf,
} from "../../src/crypto/index.ts";
import { forkOf } from "../../src/forks/fork.ts";
import { lazyKzg } from "../../src/reference/lazy-kzg.ts";
import { precompileInputs } from "./precompile-inputs.ts";

const { crypto } = await openCrypto();
const gasLimit = 40_000_000n;

const forks = ["byzantium", "istanbul", "berlin", "prague", "osaka"] as const;

async function referenceOf(fork: (typeof forks)[number]): Promise<EVM> {
  const common = new Common({
    chain: Mainnet,
    hardfork: Hardfork[`${fork[0]?.toUpperCase()}${fork.slice(1)}` as keyof typeof Hardfork],
    customCrypto: { kzg: lazyKzg() },
  });
  return createEVM({ common });
}

function ours(set: PrecompileSet, precompile: Precompile, input: Uint8Array) {
  const gas = precompile.gas(input, set.rules);
  const output = gas > gasLimit ? undefined : precompile.run(input, { crypto, rules: set.rules });
  return output === undefined
    ? { gas: gasLimit, output: "failed" }
    : { gas, output: Buffer.from(output).toString("hex") };
}

async function theirs(evm: EVM, precompile: Precompile, input: Uint8Array) {
  const to = new Address(Uint8Array.from(Buffer.from(addressOf(precompile), "hex")));
  const { execResult } = await evm.runCall({ to, data: input, gasLimit, skipBalance: true });
  const { executionGasUsed, returnValue, exceptionError } = execResult;
  return exceptionError === undefined
    ? { gas: executionGasUsed, output: Buffer.from(returnValue).toString("hex") }
    : { gas: gasLimit, output: "failed" };
}

function addressOf({ address }: Precompile): string {
  return address.toString(16).padStart(40, "0");
}

test.each(forks)("%s: precompiles answer and cost as in the reference engine", async (name) => {
  const evm = await referenceOf(name);
  const set = precompilesOf(forkOf(name));
  for (const precompile of set.all) {
    const { inputs, count } = precompileInputs(precompile.address);
    await fc.assert(
      fc.asyncProperty(inputs, async (digits) => {
        const input = Uint8Array.from(Buffer.from(digits, "hex"));
        const expected = await theirs(evm, precompile, input);
        expect({ name: precompile.name, ...ours(set, precompile, input) }).toEqual({
          name: precompile.name,
          ...expected,
        });
      }),
      { numRuns: count },
    );
  }
});
