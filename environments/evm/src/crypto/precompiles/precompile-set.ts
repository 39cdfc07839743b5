import { type Fork, type ForkName, isAtLeast } from "../../forks/fork.ts";
import { blake2Precompile } from "./blake2.ts";
import { bls12Precompiles } from "./bls12-381.ts";
import { bn254Precompiles } from "./bn254.ts";
import { hashPrecompiles } from "./hashes.ts";
import { kzgPrecompile } from "./kzg.ts";
import { modexpPrecompile } from "./modexp.ts";
import type { Precompile, PrecompileRules } from "./precompile.ts";
import { signaturePrecompiles } from "./signatures.ts";

/** Every precompile of every fork, by address. */
export const precompiles: readonly Precompile[] = [
  ...hashPrecompiles,
  ...signaturePrecompiles,
  modexpPrecompile,
  ...bn254Precompiles,
  blake2Precompile,
  kzgPrecompile,
  ...bls12Precompiles,
].sort((a, b) => a.address - b.address);

/** The precompiles that a fork has, and their pricing. */
export interface PrecompileSet {
  readonly rules: PrecompileRules;
  readonly all: readonly Precompile[];
  /** By the number that an address is; addresses above 0xffff are none. */
  at(address: number): Precompile | undefined;
}

/** One set per fork, made when it is first asked for. */
export function precompilesOf(fork: Fork): PrecompileSet {
  const known = sets.get(fork);
  if (known !== undefined) return known;
  const set = makeSet(fork);
  sets.set(fork, set);
  return set;
}

const sets = new WeakMap<Fork, PrecompileSet>();

function makeSet(fork: Fork): PrecompileSet {
  const hasCome = (since: ForkName) => isAtLeast(fork, since);
  const all = precompiles.filter(({ since }) => hasCome(since));
  const byAddress = new Map(all.map((each) => [each.address, each]));
  const rules: PrecompileRules = {
    hasCheaperBn254: hasCome("istanbul"),
    modexpPricing: hasCome("osaka") ? "eip7883" : hasCome("berlin") ? "eip2565" : "eip198",
    modexpLengthMax: hasCome("osaka") ? 1024 : undefined,
  };
  return { rules, all, at: (address) => byAddress.get(address) };
}

/** The number of a precompile's address, or `undefined` for an address that cannot be one. */
export function precompileNumber(address: Uint8Array): number | undefined {
  for (let at = 0; at < 18; at++) if (address[at] !== 0) return undefined;
  return ((address[18] ?? 0) << 8) | (address[19] ?? 0);
}
