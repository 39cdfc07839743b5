import { functionMax, has, pushAddress, type Scope } from "./code-scope.ts";
import { interestingWord, memoryOffset, memorySize, payment } from "./interesting.ts";
import { precompileInput } from "./precompile-input.ts";
import { writeOperation, writeStorageLoad } from "./write-operations.ts";

const calls = [0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa] as const;

/** CALL, CALLCODE, DELEGATECALL, STATICCALL, to a contract, a precompile, an account or nobody. */
export function writeCall(scope: Scope): void {
  const { dice, fork } = scope;
  const opcode = dice.pick(calls);
  if (!has(fork, opcode)) return;
  if (dice.percent(20)) callIdentity(scope);
  const input = dice.percent(55) ? selectFunction(scope) : undefined;
  const output = { offset: memoryOffset(dice), size: memorySize(dice) };
  const size = input === undefined ? memorySize(dice) : BigInt(dice.pick([32, 32, 33, 64]));
  call(scope, { opcode, input: { offset: input ?? memoryOffset(dice), size }, output });
  keepAnswer(scope);
  if (dice.percent(35)) lookAgain(scope);
}

/** At what the callee may have changed: slots, balances, code. */
function lookAgain(scope: Scope): void {
  const { dice } = scope;
  for (let count = 1 + dice.below(3); count > 0; count--) {
    if (dice.percent(75)) writeStorageLoad(scope);
    else writeOperation(scope, dice.pick([0x31, 0x3b, 0x3f, 0x47]));
  }
}

/** So that there is return data before the next call. */
function callIdentity({ code }: Scope): void {
  for (const operand of [0n, 0n, 32n, 0n, 0n, 4n, 1_000n]) code.push(operand);
  code.op(0xf1, { pops: 7, pushes: 1 });
  code.op(0x50, { pops: 1 });
}

/** Writes the number of a function into memory; answers where. */
function selectFunction({ dice, code }: Scope): bigint {
  const at = BigInt(32 * dice.below(6));
  code.push(BigInt(dice.percent(40) ? 1 : 1 + dice.below(functionMax)));
  code.push(at);
  code.op(0x52, { pops: 2 });
  return at;
}

interface Range {
  readonly offset: bigint;
  readonly size: bigint;
}

interface Call {
  readonly opcode: number;
  readonly input: Range;
  readonly output: Range;
  /** Of the callee; one of those that are known without it. */
  readonly address?: bigint | undefined;
}

function call(scope: Scope, { opcode, input, output, address }: Call): void {
  const { code } = scope;
  for (const { size, offset } of [output, input]) {
    code.push(size);
    code.push(offset);
  }
  const hasValue = opcode === 0xf1 || opcode === 0xf2;
  if (hasValue) pushValue(scope);
  if (address !== undefined) code.push(address);
  else pushCallee(scope);
  pushGas(scope);
  code.op(opcode, { pops: hasValue ? 7 : 6, pushes: 1 });
}

function pushValue({ dice, code, fork }: Scope): void {
  if (dice.percent(60)) code.push(0n);
  else if (dice.percent(12) && has(fork, 0x47)) code.op(0x47, { pushes: 1 });
  else code.push(payment(dice));
}

/** An address that is known, the contract itself, or what the stack has below the operands, say a new contract. */
function pushCallee(scope: Scope): void {
  const { dice, code } = scope;
  const below = code.depth - 5;
  if (dice.percent(30)) code.op(0x30, { pushes: 1 });
  else if (below > 0 && below <= 11 && dice.percent(5)) code.op(0x85, { pushes: 1 });
  else pushAddress(scope);
}

function pushGas({ dice, code }: Scope): void {
  const gas = dice.weighted({ all: 6, some: 4, few: 1, part: 1, odd: 1 });
  if (gas === "some") code.push(BigInt(dice.below(60_000)));
  else if (gas === "few") code.push(BigInt(dice.below(3_000)));
  else if (gas === "odd") code.push(interestingWord(dice));
  else {
    if (gas === "part") code.push(BigInt(1 + dice.below(4)));
    code.op(0x5a, { pushes: 1 });
    if (gas === "part") code.op(0x1c, { pops: 2, pushes: 1 });
  }
}

/** Sometimes the whole answer comes into memory, and its hash on the stack. */
function keepAnswer({ dice, code, fork }: Scope): void {
  if (!has(fork, 0x3e) || dice.percent(50)) return;
  const at = memoryOffset(dice);
  code.op(0x3d, { pushes: 1 });
  code.push(0n);
  code.push(at);
  code.op(0x3e, { pops: 3 });
  code.op(0x3d, { pushes: 1 });
  code.push(at);
  code.op(0x20, { pops: 2, pushes: 1 });
}

/** A call of a precompile with input that is right, nearly right or cut. */
export function writePrecompileCall(scope: Scope): void {
  const { dice, code, fork } = scope;
  const opcode = dice.pick([0xf1, 0xfa, 0xfa, 0xf4, 0xf2]);
  const { address, input } = precompileInput(dice);
  const kind = has(fork, opcode) ? opcode : 0xf1;
  const at = BigInt(32 * dice.below(8));
  code.copyData(input, at);
  const size = BigInt(dice.percent(92) ? input.length : dice.below(input.length + 40));
  const output = { offset: memoryOffset(dice), size: BigInt(dice.pick([0, 20, 32, 32, 64, 96])) };
  call(scope, { opcode: kind, input: { offset: at, size }, output, address });
  if (output.size > 0n && output.offset < 5_000n) {
    code.push(output.offset);
    code.op(0x51, { pops: 1, pushes: 1 });
  }
  keepAnswer(scope);
}

/** One call of the contract itself with nearly all gas: frames as deep as the gas and the bound let them. */
export function writeRecursion({ dice, code, fork }: Scope): void {
  const opcode =
    [dice.pick([0xf1, 0xf2, 0xf4, 0xfa]), 0xf1].find((each) => has(fork, each)) ?? 0xf1;
  for (const operand of [32n, 0n, BigInt(dice.below(64)), 0n]) code.push(operand);
  const hasValue = opcode === 0xf1 || opcode === 0xf2;
  if (hasValue) code.push(dice.percent(80) ? 0n : 1n);
  code.op(0x30, { pushes: 1 });
  // Where a call may not ask for more than there is, something has to be left for it.
  code.push(fork.rules.keepsOne64th ? 0n : BigInt(20_000 + dice.below(20_000)));
  code.op(0x5a, { pushes: 1 });
  code.op(0x03, { pops: 2, pushes: 1 });
  code.op(opcode, { pops: hasValue ? 7 : 6, pushes: 1 });
}
