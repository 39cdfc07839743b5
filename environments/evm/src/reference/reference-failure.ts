const failures: Readonly<Record<string, string>> = {
  "out of gas": "outOfGas",
  "code store out of gas": "outOfGas",
  "invalid JUMP": "invalidJump",
};

/** Our name of what the reference implementation calls a failure: `stack underflow` is `stackUnderflow`. */
export function failureOf(error: string): string {
  return failures[error] ?? error.replaceAll(/[ -](\w)/g, (_, letter) => letter.toUpperCase());
}
