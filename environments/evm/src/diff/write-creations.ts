import { type CodeOptions, createdSlot, functionMax, has, type Scope } from "./code-scope.ts";
import type { Dice } from "./dice.ts";
import { memorySize, payment } from "./interesting.ts";

/** Code that makes code that makes code has no more than this around it. */
const generationsMax = 2;

export type MakeCode = (options: CodeOptions) => Uint8Array;

/** CREATE or CREATE2 of init code that leaves a contract, returns some bytes, reverts or is nonsense. */
export function writeCreation(scope: Scope, makeInitCode: MakeCode): void {
  const { dice, code, fork } = scope;
  const hasSalt = has(fork, 0xf5) && dice.percent(60);
  const known = dice.percent(35) ? scope.creations.at(-1) : undefined;
  const init = known ?? initCode(scope, makeInitCode);
  scope.creations.push(init);
  const at = BigInt(dice.pick([0, 0, 0, 1, 31, 200]));
  code.copyData(init, at);
  // Few salts, so that an address comes again: in this transaction or in a later one.
  if (hasSalt) code.push(BigInt(dice.below(2)));
  code.push(dice.percent(94) ? BigInt(init.length) : memorySize(dice));
  code.push(at);
  code.push(dice.percent(75) ? 0n : payment(dice));
  code.op(hasSalt ? 0xf5 : 0xf0, { pops: hasSalt ? 4 : 3, pushes: 1 });
  if (dice.percent(50)) keepAddress(scope);
  if (dice.percent(50)) callCreated(scope);
}

/** Keeps the address on top in a slot, where there is one. */
function keepAddress({ code }: Scope): void {
  const label = code.newLabel();
  code.op(0x80, { pushes: 1 });
  code.op(0x15, { pops: 1, pushes: 1 });
  code.pushLabel(label);
  code.op(0x57, { pops: 2 });
  code.op(0x80, { pushes: 1 });
  code.push(createdSlot);
  code.op(0x55, { pops: 2 });
  code.place(label);
}

/** Calls the address on top, which stays, with the number of a function. */
function callCreated({ dice, code }: Scope): void {
  code.push(BigInt(dice.below(functionMax + 1)));
  code.push(0n);
  code.op(0x52, { pops: 2 });
  for (const operand of [32n, 0n, 32n, 0n]) code.push(operand);
  code.push(dice.percent(80) ? 0n : 1n);
  code.op(0x85, { pushes: 1 });
  code.push(BigInt(30_000 + dice.below(100_000)));
  code.op(0xf1, { pops: 7, pushes: 1 });
}

function initCode(scope: Scope, make: MakeCode): Uint8Array {
  const { dice, fork, addresses, generation = 0 } = scope;
  if (generation >= generationsMax || dice.percent(45)) return smallInitCode(dice);
  const isStraight = dice.percent(50);
  const statements = 1 + dice.below(6);
  return make({ dice, fork, addresses, generation: generation + 1, isStraight, statements });
}

/** Answers the bytes as the code of the new contract. */
export function writeDeployer({ dice, code }: Scope, runtime: Uint8Array): void {
  code.copyData(runtime, 0n);
  code.push(BigInt(runtime.length));
  code.push(0n);
  code.op(dice.percent(95) ? 0xf3 : 0xfd, { pops: 2 });
}

/** At most 32 bytes. */
function smallInitCode(dice: Dice): Uint8Array {
  const kind = dice.weighted({ deploy: 6, store: 3, revert: 1, ef: 1, destroy: 1, nonsense: 2 });
  const size = dice.below(24);
  // PUSH1 size, PUSH1 0, RETURN: what memory has at its start, which is zeros.
  if (kind === "deploy") return Uint8Array.of(0x60, size, 0x60, 0, 0xf3);
  // SSTORE(1, 2), then MSTORE8(0, CALLER-ish) and RETURN of a byte of code.
  if (kind === "store") {
    const code = dice.pick([0x00, 0x33, 0xff, 0xfe]);
    return Uint8Array.of(0x60, 2, 0x60, 1, 0x55, 0x60, code, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3);
  }
  // CALLER, SELFDESTRUCT.
  if (kind === "destroy") return Uint8Array.of(0x33, 0xff);
  if (kind === "revert") return Uint8Array.of(0x60, size, 0x60, 0, 0xfd);
  if (kind === "ef") return Uint8Array.of(0x60, 0xef, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3);
  return dice.bytes(size);
}
