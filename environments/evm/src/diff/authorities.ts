import { keccak_256 } from "@noble/hashes/sha3.js";
import { authorizationBytes } from "../transition/authorizations.ts";
import { groupOrder } from "../transition/sender.ts";
import { addressOfKey, publicKeyOf, signed } from "../transition/transition-crypto.ts";
import type { Dice } from "./dice.ts";
import { addressText, quantity } from "./test-json.ts";

/** Keys of the sender and of three others. */
const secretKeys: readonly Uint8Array[] = [
  Buffer.from("45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8", "hex"),
  ...[1, 2, 3].map((each) => new Uint8Array(32).fill(each)),
];

let known: readonly bigint[] | undefined;

/** Addresses of those that may sign, but for the sender. */
export function authorityAddresses(): readonly bigint[] {
  known ??= secretKeys
    .slice(1)
    .map((key) =>
      BigInt(`0x${Buffer.from(addressOfKey(publicKeyOf(key), keccak_256)).toString("hex")}`),
    );
  return known;
}

/** One to three authorisations (EIP-7702) for code at these addresses; some do not hold. */
export function authorizations(dice: Dice, targets: readonly bigint[]): readonly object[] {
  return Array.from({ length: 1 + dice.below(3) }, () => authorization(dice, dice.pick(targets)));
}

function authorization(dice: Dice, target: bigint): object {
  const chainId = BigInt(dice.pick([0, 1, 1, 1, 1, 2]));
  const nonce = BigInt(dice.pick([0, 0, 0, 1, 1, 2]));
  const address = Buffer.from(addressText(target).slice(2), "hex");
  const hash = keccak_256(authorizationBytes({ chainId, address, nonce }));
  const { yParity, r, s } = signed(hash, dice.pick(secretKeys));
  const flaw = dice.weighted({ none: 12, highS: 1, otherParity: 1, noR: 1 });
  return {
    chainId: quantity(chainId),
    address: addressText(target),
    nonce: quantity(nonce),
    yParity: quantity(flaw === "otherParity" ? 1n - yParity : yParity),
    r: quantity(flaw === "noR" ? 0n : r),
    s: quantity(flaw === "highS" ? groupOrder - s : s),
  };
}
