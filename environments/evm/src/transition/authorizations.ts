import type { Address } from "../engine.ts";
import { concatenated, isZero, noBytes } from "./bytes.ts";
import { rlpBytes, rlpList, rlpNumber } from "./rlp.ts";
import { signer } from "./sender.ts";
import type { Authorization } from "./transaction.ts";
import type { TransactionState } from "./transaction-state.ts";
import type { TransitionCrypto } from "./transition-crypto.ts";
import type { TransitionRules } from "./transition-rules.ts";
import { isDelegation } from "./validate-transaction.ts";

const nonceMax = (1n << 64n) - 1n;
const magic = Uint8Array.of(0x05);
const delegationPrefix = Uint8Array.of(0xef, 0x01, 0x00);

export interface AuthorizationContext {
  readonly state: TransactionState;
  readonly chainId: bigint;
  readonly crypto: TransitionCrypto;
  readonly rules: TransitionRules;
}

export interface Applied {
  readonly refund: bigint;
  /** Whoever signed; they are warm, even where their authorisation did not hold. */
  readonly authorities: readonly Address[];
}

/**
 * Sets the code that the authorisations ask for (EIP-7702). One that does not hold is passed over; what
 * holds stays, whatever the message does.
 */
export function applyAuthorizations(
  authorizations: readonly Authorization[],
  context: AuthorizationContext,
): Applied {
  const authorities: Address[] = [];
  let refund = 0n;
  for (const authorization of authorizations) {
    if (authorization.chainId !== 0n && authorization.chainId !== context.chainId) continue;
    if (authorization.nonce >= nonceMax) continue;
    const authority = authorityOf(authorization, context.crypto);
    if (authority === undefined) continue;
    authorities.push(authority);
    refund += applyOne({ authorization, authority, ...context });
  }
  return { refund, authorities };
}

export function authorityOf(
  authorization: Authorization,
  crypto: TransitionCrypto,
): Address | undefined {
  const hash = crypto.keccak256(authorizationBytes(authorization));
  return signer({ hash, signature: authorization, needsLowS: true }, crypto);
}

/** The bytes whose keccak-256 an authority signs. */
export function authorizationBytes(
  authorization: Pick<Authorization, "chainId" | "address" | "nonce">,
): Uint8Array {
  const { chainId, address, nonce } = authorization;
  return concatenated([magic, rlpList([rlpNumber(chainId), rlpBytes(address), rlpNumber(nonce)])]);
}

function applyOne(
  one: AuthorizationContext & { authorization: Authorization; authority: Address },
): bigint {
  const { authorization, authority, state, crypto, rules } = one;
  const account = state.own(authority);
  const present = state.codeOf(authority);
  if (present.length > 0 && !isDelegation(present)) return 0n;
  if ((account?.nonce ?? 0n) !== authorization.nonce) return 0n;
  const { address } = authorization;
  const code = isZero(address) ? noBytes : concatenated([delegationPrefix, address]);
  state.setCode(authority, { code, codeHash: crypto.keccak256(code) });
  state.setNonce(authority, authorization.nonce + 1n);
  return account === undefined ? 0n : rules.authorizationRefund;
}
