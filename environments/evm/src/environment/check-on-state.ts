import type { Call, StateReader } from "@bedplate/environment";
import { checkTransaction } from "../transition/prepare-transaction.ts";
import type { TransactionRequest } from "../transition/transactor.ts";
import type { TransitionCrypto } from "../transition/transition-crypto.ts";
import { onState } from "./on-state.ts";
import { accountKey } from "./state-keys.ts";
import { StateWorld } from "./state-world.ts";

/**
 * Checks a transaction before an engine sees it, so that whichever engine it is, a refusal has read the
 * same and has the same name. Throws `TransactionRejected`.
 */
export async function checkOnState(
  request: TransactionRequest,
  means: { readonly reads: StateReader; readonly call: Call; readonly crypto: TransitionCrypto },
): Promise<void> {
  const { reads, call, crypto } = means;
  const world = new StateWorld(reads);
  const likely = [accountKey(request.transaction.sender)];
  await onState(world, { reads, call, likely }, () => checkTransaction(request, { world, crypto }));
}
