/** One or zero as 32 bytes; the failure stays one. */
export function answerOf(isOne: boolean | undefined): Uint8Array | undefined {
  if (isOne === undefined) return undefined;
  const answer = new Uint8Array(32);
  answer[31] = isOne ? 1 : 0;
  return answer;
}
