import { op, type ValueType, vectorOp } from "../opcodes.ts";
import type { FunctionScope } from "./function-scope.ts";
import { accesses, arithmetic, comparisons, instructions } from "./operators.ts";
import type { Expression, Width } from "./syntax.ts";

type Call = Extract<Expression, { readonly kind: "call" }>;
type Binary = Extract<Expression, { readonly kind: "binary" }>;

/** The type of a value; `undefined` for a number, which takes the type of where it stands. */
export function typeOf(value: Expression, scope: FunctionScope): ValueType | undefined {
  switch (value.kind) {
    case "number":
      return undefined;
    case "name":
      return scope.variable(value.name).type;
    case "unary":
      return value.sign === "!" ? "i32" : typeOf(value.operand, scope);
    case "load":
      return accesses[value.width].type;
    case "binary":
      if (comparisons[value.sign] !== undefined) return "i32";
      if (value.sign === "&&" || value.sign === "||") return "i32";
      return typeOf(value.left, scope) ?? typeOf(value.right, scope);
    case "call":
      return callType(value, scope);
  }
}

/** Writes code that leaves the value on the stack, as a `type`. */
export function emitExpression(value: Expression, scope: FunctionScope, type: ValueType): void {
  const own = typeOf(value, scope);
  if (own !== undefined && own !== type) {
    throw scope.error(`${describe(value)} is ${own} where ${type} belongs`);
  }
  switch (value.kind) {
    case "number":
      if (type === "i64") scope.code.i64Const(value.value);
      else scope.code.i32Const(Number(BigInt.asIntN(32, value.value)));
      return;
    case "name":
      scope.code.localGet(scope.variable(value.name).index);
      return;
    case "unary":
      emitUnary(value, scope, type);
      return;
    case "load":
      emitAccess({ width: value.width, address: value.address, isStore: false }, scope);
      return;
    case "binary":
      emitBinary(value, scope, type);
      return;
    case "call":
      emitCall(value, scope, type);
      return;
  }
}

/** The address as base and offset; numbers that are added go into the offset. */
export function emitAddress(address: Expression, scope: FunctionScope): number {
  if (address.kind === "number") {
    scope.code.i32Const(0);
    return Number(address.value);
  }
  if (address.kind === "binary" && address.sign === "+" && address.right.kind === "number") {
    if (address.right.value > 0n) {
      emitExpression(address.left, scope, "i32");
      return Number(address.right.value);
    }
  }
  emitExpression(address, scope, "i32");
  return 0;
}

interface AccessSyntax {
  readonly width: Width;
  readonly address: Expression;
  readonly isStore: boolean;
  readonly stored?: Expression;
}

export function emitAccess(access: AccessSyntax, scope: FunctionScope): void {
  const { width, address, isStore, stored } = access;
  const offset = emitAddress(address, scope);
  const { type, load, store } = accesses[width];
  if (stored !== undefined) emitExpression(stored, scope, type);
  if (width === "v128") {
    if (isStore) scope.code.v128Store(offset);
    else scope.code.v128Load(offset);
  } else scope.code.memory(isStore ? store : load, offset);
}

function emitUnary(
  { sign, operand }: Extract<Expression, { readonly kind: "unary" }>,
  scope: FunctionScope,
  type: ValueType,
): void {
  const own = typeOf(operand, scope) ?? type;
  if (sign === "!") {
    emitExpression(operand, scope, own);
    scope.code.op(own === "i64" ? op.i64_eqz : op.i32_eqz);
    return;
  }
  emitExpression({ kind: "number", value: 0n }, scope, own);
  emitExpression(operand, scope, own);
  scope.code.op(own === "i64" ? op.i64_sub : op.i32_sub);
}

function emitBinary(value: Binary, scope: FunctionScope, type: ValueType): void {
  const { sign, left, right } = value;
  if (sign === "&&" || sign === "||") {
    emitLogical(value, scope);
    return;
  }
  const comparison = comparisons[sign];
  const own = typeOf(left, scope) ?? typeOf(right, scope) ?? (comparison ? "i32" : type);
  emitExpression(left, scope, own);
  emitExpression(right, scope, own);
  const [narrow, wide] = comparison ?? (arithmetic[sign] as readonly [number, number]);
  scope.code.op(own === "i64" ? wide : narrow);
}

function emitLogical({ sign, left, right }: Binary, scope: FunctionScope): void {
  emitCondition(left, scope);
  scope.code.if("i32");
  if (sign === "&&") emitCondition(right, scope);
  else scope.code.i32Const(1);
  scope.code.else();
  if (sign === "&&") scope.code.i32Const(0);
  else emitCondition(right, scope);
  scope.code.end();
}

/** An i32 that is not 0 where the value is not. */
export function emitCondition(value: Expression, scope: FunctionScope): void {
  if (typeOf(value, scope) === "i64") {
    emitExpression(value, scope, "i64");
    scope.code.op(op.i64_eqz);
    scope.code.op(op.i32_eqz);
  } else emitExpression(value, scope, "i32");
}

const conversions: Readonly<
  Record<string, readonly [from: ValueType, to: ValueType, code: number]>
> = {
  long: ["i32", "i64", op.i64_extend_i32_u],
  longSigned: ["i32", "i64", op.i64_extend_i32_s],
  short: ["i64", "i32", op.i32_wrap_i64],
};

const vectors: Readonly<Record<string, number>> = {
  vand: vectorOp.v128_and,
  vor: vectorOp.v128_or,
  vxor: vectorOp.v128_xor,
};

function callType({ name, operands }: Call, scope: FunctionScope): ValueType | undefined {
  const conversion = conversions[name];
  if (conversion !== undefined) return conversion[1];
  if (instructions[name] !== undefined || name === "min") {
    return typeOf(operands[0] as Expression, scope) ?? typeOf(operands[1] as Expression, scope);
  }
  if (name === "select") {
    return typeOf(operands[1] as Expression, scope) ?? typeOf(operands[2] as Expression, scope);
  }
  if (vectors[name] !== undefined || name === "swap" || name === "vzero") return "v128";
  if (name === "vlane0" || name === "vlane1") return "i64";
  if (name === "copy" || name === "fill") return undefined;
  if (name === "vany" || name === "memoryGrow" || name === "memorySize") return "i32";
  return scope.callee(name).type.results[0];
}

function emitCall(call: Call, scope: FunctionScope, type: ValueType): void {
  const { name, operands } = call;
  const [first, second, third] = operands as readonly Expression[] as [
    Expression,
    Expression,
    Expression,
  ];
  const conversion = conversions[name];
  const instruction = instructions[name];
  if (conversion !== undefined) {
    emitExpression(first, scope, conversion[0]);
    scope.code.op(conversion[2]);
  } else if (instruction !== undefined) {
    for (const operand of operands) emitExpression(operand, scope, type);
    scope.code.op(type === "i64" ? instruction[1] : instruction[0]);
  } else if (name === "select") {
    emitExpression(second, scope, type);
    emitExpression(third, scope, type);
    emitCondition(first, scope);
    scope.code.op(op.select);
  } else if (!emitVector(call, scope)) emitPlainCall(call, scope);
}

/** Calls that stand for one or two vector or memory instructions; false for others. */
function emitVector({ name, operands }: Call, scope: FunctionScope): boolean {
  const { code } = scope;
  const vector = vectors[name];
  const operandsAs = (type: ValueType) => {
    for (const operand of operands) emitExpression(operand, scope, type);
  };
  if (vector !== undefined) {
    operandsAs("v128");
    code.vector(vector);
  } else if (name === "swap") {
    operandsAs("v128");
    code.localTee(scope.vectorTemporary());
    code.byteSwap(scope.vectorTemporary(), { isOnStack: true });
  } else if (name === "vzero") code.v128Const(new Uint8Array(16));
  else if (name === "vlane0" || name === "vlane1") {
    operandsAs("v128");
    code.v128Lane(vectorOp.i64x2_extract_lane, name === "vlane0" ? 0 : 1);
  } else if (name === "vany") {
    operandsAs("v128");
    code.vector(vectorOp.v128_any_true);
  } else if (name === "memoryGrow") {
    operandsAs("i32");
    code.out.bytes([op.memory_grow, 0]);
  } else if (name === "memorySize") code.out.bytes([op.memory_size, 0]);
  else if (name === "copy" || name === "fill") {
    operandsAs("i32");
    if (name === "copy") code.memoryCopy();
    else code.memoryFill();
  } else return false;
  return true;
}

export function emitPlainCall({ name, operands }: Call, scope: FunctionScope): void {
  const callee = scope.callee(name);
  emitOperands(name, operands, scope);
  scope.code.call(callee.index);
}

export function emitOperands(
  name: string,
  operands: readonly Expression[],
  scope: FunctionScope,
): void {
  const { parameters } = scope.callee(name).type;
  if (parameters.length !== operands.length) {
    throw scope.error(`${name} takes ${parameters.length} operands, not ${operands.length}`);
  }
  parameters.forEach((type, index) => {
    emitExpression(operands[index] as Expression, scope, type);
  });
}

function describe(value: Expression): string {
  if (value.kind === "name" || value.kind === "call") return value.name;
  return value.kind === "binary" ? `a value of ${value.sign}` : `a ${value.kind}`;
}
