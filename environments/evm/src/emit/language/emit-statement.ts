import { bulkOp, op, type ValueType } from "../opcodes.ts";
import {
  emitAccess,
  emitCondition,
  emitExpression,
  emitOperands,
  emitPlainCall,
  typeOf,
} from "./emit-expression.ts";
import type { FunctionScope } from "./function-scope.ts";
import type { Expression, Statement } from "./syntax.ts";

/** `low, high = multiplyWide(a, b)`, where the engine has it. */
const wideProduct = "multiplyWide";

export function emitStatements(statements: readonly Statement[], scope: FunctionScope): void {
  for (const statement of statements) emitStatement(statement, scope);
}

function emitStatement(statement: Statement, scope: FunctionScope): void {
  switch (statement.kind) {
    case "let":
      emitLet(statement, scope);
      return;
    case "assign":
      emitAssign(statement, scope);
      return;
    case "store":
      emitAccess({ ...statement, isStore: true, stored: statement.value }, scope);
      return;
    case "expression":
      emitDropped(statement.value, scope);
      return;
    case "if":
      emitIf(statement, scope);
      return;
    case "loop":
      emitLoop(statement, scope);
      return;
    case "break":
      scope.code.br(scope.depth - loopDepth(scope));
      return;
    case "continue":
      scope.code.br(scope.depth - loopDepth(scope) - 1);
      return;
    case "return":
      emitReturn(statement.values, scope);
      return;
    case "become":
      emitBecome(statement, scope);
      return;
  }
}

type Of<K extends Statement["kind"]> = Extract<Statement, { readonly kind: K }>;

function emitLet({ names, value }: Of<"let">, scope: FunctionScope): void {
  const types = valueTypesOf(value, scope, names.length);
  const locals = types.map((type) => ({ type, index: scope.code.local(type) }));
  emitValues(value, scope, types);
  for (let at = names.length - 1; at >= 0; at--) {
    const local = locals[at] as { type: ValueType; index: number };
    scope.code.localSet(local.index);
    scope.declare(names[at] as string, local);
  }
}

function emitAssign({ names, value }: Of<"assign">, scope: FunctionScope): void {
  const variables = names.map((name) => scope.variable(name));
  emitValues(
    value,
    scope,
    variables.map((each) => each.type),
  );
  for (const { index } of variables.reverse()) scope.code.localSet(index);
}

/** The types that a value gives: one, or the results of a call. */
function valueTypesOf(
  value: Expression,
  scope: FunctionScope,
  count: number,
): readonly ValueType[] {
  if (count === 1) return [typeOf(value, scope) ?? "i32"];
  if (value.kind !== "call") throw scope.error("only a call gives several values");
  if (value.name === wideProduct) return ["i64", "i64"];
  const { results } = scope.callee(value.name).type;
  if (results.length !== count) throw scope.error(`${value.name} gives ${results.length} values`);
  return results;
}

function emitValues(value: Expression, scope: FunctionScope, types: readonly ValueType[]): void {
  if (types.length === 1) emitExpression(value, scope, types[0] as ValueType);
  else if (value.kind === "call" && value.name === wideProduct) {
    for (const operand of value.operands) emitExpression(operand, scope, "i64");
    scope.code.bulk(bulkOp.i64_mul_wide_u);
  } else if (value.kind === "call") emitPlainCall(value, scope);
  else throw scope.error("only a call gives several values");
}

/** Statements that are calls; their results are dropped. */
function emitDropped(value: Expression, scope: FunctionScope): void {
  if (value.kind !== "call") throw scope.error("a value stands where a statement belongs");
  if (value.name === "copy" || value.name === "fill") {
    emitExpression(value, scope, "i32");
    return;
  }
  if (value.name === "unreachable") {
    scope.code.op(op.unreachable);
    return;
  }
  const { results } = scope.callee(value.name).type;
  emitPlainCall(value, scope);
  for (const _ of results) scope.code.op(op.drop);
}

function emitIf({ condition, then, otherwise }: Of<"if">, scope: FunctionScope): void {
  emitCondition(condition, scope);
  scope.code.if();
  scope.nested(() => emitStatements(then, scope));
  if (otherwise.length > 0) {
    scope.code.else();
    scope.nested(() => emitStatements(otherwise, scope));
  }
  scope.code.end();
}

/** A block that `break` leaves, around a loop that `continue` repeats. */
function emitLoop({ condition, body }: Of<"loop">, scope: FunctionScope): void {
  scope.code.block();
  scope.code.loop();
  scope.loops.push(scope.depth);
  scope.depth++;
  scope.nested(() => {
    if (condition !== undefined) {
      emitCondition(condition, scope);
      scope.code.op(op.i32_eqz);
      scope.code.brIf(1);
    }
    emitStatements(body, scope);
    scope.code.br(0);
  });
  scope.depth--;
  scope.loops.pop();
  scope.code.end();
  scope.code.end();
}

/** Control blocks around the innermost loop's own two, plus one. */
function loopDepth(scope: FunctionScope): number {
  const depth = scope.loops.at(-1);
  if (depth === undefined) throw scope.error("break or continue outside of a loop");
  return depth + 1;
}

function emitReturn(values: readonly Expression[], scope: FunctionScope): void {
  if (values.length !== scope.results.length) {
    throw scope.error(`${values.length} values are returned, not ${scope.results.length}`);
  }
  values.forEach((value, index) => {
    emitExpression(value, scope, scope.results[index] as ValueType);
  });
  scope.code.return();
}

function emitBecome({ target, operands }: Of<"become">, scope: FunctionScope): void {
  if (typeof target === "string") {
    emitOperands(target, operands, scope);
    scope.code.returnCall(scope.callee(target).index);
    return;
  }
  emitOperands("dispatch", operands, scope);
  emitExpression(target, scope, "i32");
  scope.code.returnCallIndirect(scope.stepTypeIndex);
}
