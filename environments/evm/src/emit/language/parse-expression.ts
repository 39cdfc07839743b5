import type { Expression, Width } from "./syntax.ts";
import { widths } from "./syntax.ts";
import type { TokenReader } from "./token-reader.ts";

const binding: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<s": 7,
  ">s": 7,
  "<=s": 7,
  ">=s": 7,
  "<<": 8,
  ">>": 8,
  ">>s": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
  "/s": 10,
  "%s": 10,
};

const isWidth = new Set<string>(widths);

/** Reads an expression whose operators bind at least as strongly as `strength`. */
export function parseExpression(tokens: TokenReader, strength = 1): Expression {
  let left = parseUnary(tokens);
  for (;;) {
    const sign = tokens.peek().text;
    const own = tokens.peek().kind === "sign" ? binding[sign] : undefined;
    if (own === undefined || own < strength) return left;
    tokens.next();
    left = folded(sign, left, parseExpression(tokens, own + 1));
  }
}

export function parseOperands(tokens: TokenReader): readonly Expression[] {
  tokens.expect("(");
  const operands: Expression[] = [];
  while (!tokens.take(")")) {
    if (operands.length > 0) tokens.expect(",");
    operands.push(parseExpression(tokens));
  }
  return operands;
}

function parseUnary(tokens: TokenReader): Expression {
  if (tokens.take("!")) return { kind: "unary", sign: "!", operand: parseUnary(tokens) };
  if (tokens.take("-")) {
    const operand = parseUnary(tokens);
    if (operand.kind === "number") return { kind: "number", value: -operand.value };
    return { kind: "unary", sign: "-", operand };
  }
  if (tokens.take("(")) {
    const inner = parseExpression(tokens);
    tokens.expect(")");
    return inner;
  }
  return parsePrimary(tokens);
}

function parsePrimary(tokens: TokenReader): Expression {
  const token = tokens.next();
  if (token.kind === "number") {
    return { kind: "number", value: BigInt(token.text.replaceAll("_", "")) };
  }
  if (token.kind !== "word") throw tokens.unexpected(token);
  if (isWidth.has(token.text) && tokens.take("[")) {
    const address = parseExpression(tokens);
    tokens.expect("]");
    return { kind: "load", width: token.text as Width, address };
  }
  if (tokens.peek().text === "(") {
    return { kind: "call", name: token.text, operands: parseOperands(tokens) };
  }
  const constant = tokens.constants.get(token.text);
  if (constant !== undefined) return { kind: "number", value: constant };
  return { kind: "name", name: token.text };
}

/** Two numbers under + - * << | become one, so that addresses fold into offsets. */
function folded(sign: string, left: Expression, right: Expression): Expression {
  if (left.kind === "number" && right.kind === "number") {
    const value = fold(sign, left.value, right.value);
    if (value !== undefined) return { kind: "number", value };
  }
  if (right.kind === "number" && (sign === "+" || sign === "-")) {
    return shifted(left, sign === "+" ? right.value : -right.value);
  }
  return { kind: "binary", sign, left, right };
}

/** `base + by`, where `base` may already be such a sum. */
function shifted(base: Expression, by: bigint): Expression {
  if (base.kind === "binary" && base.sign === "+" && base.right.kind === "number") {
    const value = base.right.value + by;
    return value === 0n ? base.left : { ...base, right: { kind: "number", value } };
  }
  return { kind: "binary", sign: "+", left: base, right: { kind: "number", value: by } };
}

function fold(sign: string, left: bigint, right: bigint): bigint | undefined {
  if (sign === "+") return left + right;
  if (sign === "-") return left - right;
  if (sign === "*") return left * right;
  if (sign === "<<") return left << right;
  if (sign === "|") return left | right;
  return undefined;
}
