import type { EVMResult } from "@ethereumjs/evm";
import type { Fork } from "../forks/fork.ts";

type Exception = NonNullable<EVMResult["execResult"]["exceptionError"]>;

/**
 * Why a message failed. A creation that could not pay for its code succeeded without it on the first fork;
 * the reference implementation carries that out, and calls it an error all the same.
 */
export function exceptionOf(
  { exceptionError }: { readonly exceptionError?: Exception | undefined },
  { rules }: Fork,
): Exception | undefined {
  const isUnpaidCode = exceptionError?.error === "code store out of gas";
  return isUnpaidCode && !rules.failsOnUnpaidCode ? undefined : exceptionError;
}

const failures: Readonly<Record<string, string>> = {
  "out of gas": "outOfGas",
  "code store out of gas": "outOfGas",
  "invalid JUMP": "invalidJump",
};

/** Our name of what the reference implementation calls a failure: `stack underflow` is `stackUnderflow`. */
export function failureOf(error: string): string {
  return failures[error] ?? error.replaceAll(/[ -](\w)/g, (_, letter) => letter.toUpperCase());
}
