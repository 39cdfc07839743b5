import type { ValueType } from "../opcodes.ts";
import { parseExpression, parseOperands } from "./parse-expression.ts";
import type { Expression, FunctionSyntax, Parameter, Statement } from "./syntax.ts";
import { TokenReader } from "./token-reader.ts";

const stepParameters: readonly Parameter[] = [
  { name: "gas", type: "i64" },
  { name: "sp", type: "i32" },
  { name: "memory", type: "i32" },
  { name: "memorySize", type: "i32" },
  { name: "pc", type: "i32" },
];

/** Reads the functions of a program; `compileProgram` says what the words mean. */
export function parseProgram(
  source: string,
  constants: ReadonlyMap<string, bigint>,
): readonly FunctionSyntax[] {
  const tokens = new TokenReader(source, constants);
  const functions: FunctionSyntax[] = [];
  while (tokens.peek().kind !== "end") functions.push(parseFunction(tokens));
  return functions;
}

function parseFunction(tokens: TokenReader): FunctionSyntax {
  const isExported = tokens.take("export");
  if (tokens.take("step")) {
    const name = tokens.word();
    const body = parseBody(tokens);
    return { name, isExported, parameters: stepParameters, results: [], body };
  }
  tokens.expect("fn");
  const name = tokens.word();
  const parameters = parseParameters(tokens);
  const results: ValueType[] = [];
  if (tokens.take("->")) {
    do results.push(parseType(tokens));
    while (tokens.take(","));
  }
  return { name, isExported, parameters, results, body: parseBody(tokens) };
}

function parseParameters(tokens: TokenReader): readonly Parameter[] {
  tokens.expect("(");
  const parameters: Parameter[] = [];
  while (!tokens.take(")")) {
    if (parameters.length > 0) tokens.expect(",");
    const name = tokens.word();
    tokens.expect(":");
    parameters.push({ name, type: parseType(tokens) });
  }
  return parameters;
}

function parseType(tokens: TokenReader): ValueType {
  const token = tokens.next();
  if (token.text !== "i32" && token.text !== "i64" && token.text !== "v128") {
    throw tokens.unexpected(token, "a type");
  }
  return token.text;
}

function parseBody(tokens: TokenReader): readonly Statement[] {
  tokens.expect("{");
  const statements: Statement[] = [];
  while (!tokens.take("}")) statements.push(parseStatement(tokens));
  return statements;
}

function parseStatement(tokens: TokenReader): Statement {
  if (tokens.take("if")) return parseIf(tokens);
  if (tokens.take("while")) {
    const condition = parseExpression(tokens);
    return { kind: "loop", condition, body: parseBody(tokens) };
  }
  if (tokens.take("loop")) return { kind: "loop", body: parseBody(tokens) };
  const statement = parseSimple(tokens);
  tokens.expect(";");
  return statement;
}

function parseIf(tokens: TokenReader): Statement {
  const condition = parseExpression(tokens);
  const then = parseBody(tokens);
  if (!tokens.take("else")) return { kind: "if", condition, then, otherwise: [] };
  const otherwise = tokens.take("if") ? [parseIf(tokens)] : parseBody(tokens);
  return { kind: "if", condition, then, otherwise };
}

function parseSimple(tokens: TokenReader): Statement {
  if (tokens.take("break")) return { kind: "break" };
  if (tokens.take("continue")) return { kind: "continue" };
  if (tokens.take("return")) return { kind: "return", values: parseReturned(tokens) };
  if (tokens.take("become")) return parseBecome(tokens);
  if (tokens.take("let")) {
    const names = [tokens.word()];
    while (tokens.take(",")) names.push(tokens.word());
    tokens.expect("=");
    return { kind: "let", names, value: parseExpression(tokens) };
  }
  return parseAssignment(tokens);
}

function parseReturned(tokens: TokenReader): readonly Expression[] {
  const values: Expression[] = [];
  if (tokens.peek().text === ";") return values;
  do values.push(parseExpression(tokens));
  while (tokens.take(","));
  return values;
}

/** `become f(...)` or `become [index](...)`. */
function parseBecome(tokens: TokenReader): Statement {
  if (tokens.take("[")) {
    const target = parseExpression(tokens);
    tokens.expect("]");
    return { kind: "become", target, operands: parseOperands(tokens) };
  }
  return { kind: "become", target: tokens.word(), operands: parseOperands(tokens) };
}

function parseAssignment(tokens: TokenReader): Statement {
  const first = parseExpression(tokens);
  if (first.kind === "name") {
    const names = [first.name];
    while (tokens.take(",")) names.push(tokens.word());
    for (const sign of ["+", "-"] as const) {
      if (!tokens.take(`${sign}=`)) continue;
      const right = parseExpression(tokens);
      return { kind: "assign", names, value: { kind: "binary", sign, left: first, right } };
    }
    tokens.expect("=");
    return { kind: "assign", names, value: parseExpression(tokens) };
  }
  if (first.kind === "load" && tokens.take("=")) {
    const { width, address } = first;
    return { kind: "store", width, address, value: parseExpression(tokens) };
  }
  return { kind: "expression", value: first };
}
