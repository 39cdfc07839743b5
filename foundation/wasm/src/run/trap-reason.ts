/** Why a trap happened, in the words of the WebAssembly specification where it has one. */
export type TrapReason =
  | "unreachable"
  | "out of bounds memory access"
  | "out of bounds table access"
  | "out of bounds array access"
  | "integer divide by zero"
  | "integer overflow"
  | "invalid conversion to integer"
  | "undefined element"
  | "indirect call type mismatch"
  | "null reference"
  | "cast failure"
  | "unaligned atomic"
  | "array too large"
  | "wrong reference type"
  | "other trap";

/** V8's texts. Source: `src/common/message-template.h`, the templates named kTrap*. */
const reasons: readonly (readonly [text: RegExp, reason: TrapReason])[] = [
  [/^unreachable/, "unreachable"],
  [/^memory access out of bounds|^data segment .*out of bounds/, "out of bounds memory access"],
  [/^(divide|remainder) by zero/, "integer divide by zero"],
  [/^divide result unrepresentable/, "integer overflow"],
  [/^float unrepresentable/, "invalid conversion to integer"],
  [/^table index is out of bounds|^table access out of bounds/, "out of bounds table access"],
  [/^element segment .*out of bounds/, "out of bounds table access"],
  [/^null function or function signature mismatch/, "indirect call type mismatch"],
  [/^dereferencing a null pointer|^null reference/, "null reference"],
  [/^illegal cast/, "cast failure"],
  [/^array (element )?access out of bounds/, "out of bounds array access"],
  [/^requested new array is too large/, "array too large"],
  [/unaligned accesses/, "unaligned atomic"],
  [/^type incompatibility|^rethrowing null/, "wrong reference type"],
];

/** Turns the engine's text of a trap into a stable reason. */
export function trapReason(message: string): TrapReason {
  return reasons.find(([text]) => text.test(message))?.[1] ?? "other trap";
}
