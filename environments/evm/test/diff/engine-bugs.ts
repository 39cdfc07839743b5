/** A fault that is planted into the text of a copy of the engine. */
export interface EngineBug {
  readonly name: string;
  /** Below `src`. */
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
}

const runtime = "machine/program";

export const engineBugs: readonly EngineBug[] = [
  {
    name: "a frame sees what its caller was answered",
    file: `${runtime}/frames.ts`,
    from: "step enter {\n  i32[machine.returnDataSize] = 0;",
    to: "step enter {",
  },
  {
    name: "output is delivered beyond what was asked for",
    file: `${runtime}/frames.ts`,
    from: "if wanted < size { size = wanted; }",
    to: "",
  },
  {
    name: "a call keeps a 32nd",
    file: `${runtime}/calls.ts`,
    from: "let most = gas - (gas >> 6);",
    to: "let most = gas - (gas >> 5);",
  },
  {
    name: "memory begins as another frame left it",
    file: `${runtime}/memory.ts`,
    from: "fill(memory + memorySize, 0, short(sizeAfter) - memorySize);",
    to: "",
  },
  {
    name: "a slot that is set back to zero gives nothing back",
    file: `${runtime}/storage.ts`,
    from: "if isOriginalZero { refund(i64[price.sstoreSet] - i64[price.sstoreNoop]); }",
    to: "if isOriginalZero { refund(long(0)); }",
  },
  {
    name: "transient storage survives a revert",
    file: `${runtime}/storage.ts`,
    from: '  journalSlot(entry, i32[region + frame.serial]);\n  ${copyItem("sp - 64"',
    to: '  ${copyItem("sp - 64"',
  },
  {
    name: "a balance is added without its carry",
    file: `${runtime}/accounts.ts`,
    from: "carry = out | long(x < carry);",
    to: "carry = out & long(0);",
  },
  {
    name: "division forgets the carry of the digits",
    file: `${runtime}/division.ts`,
    from: "carry = (product >> 32) + (difference >> 63);",
    to: "carry = (product >> 32);",
  },
  {
    name: "compiled: the sign of a number is not looked at",
    file: "compile/write-comparison.ts",
    from: "const less = number === 3 && isSigned ? op.i64_lt_s : op.i64_lt_u;",
    to: "const less = op.i64_lt_u;",
  },
  {
    name: "compiled: GAS sees what comes behind it paid",
    file: "compile/write-step.ts",
    from: "return opcode === 0x57 || opcode === 0x5a ||",
    to: "return opcode === 0x57 ||",
  },
  {
    name: "compiled: a step may grow the stack beyond its bound",
    file: "compile/plan-steps.ts",
    from: "growth = Math.max(growth, height);",
    to: "growth = 0;",
  },
  {
    name: "compiled: a shift loses the bits that cross a limb",
    file: "compile/write-bitwise.ts",
    from: "shiftLimb(writer, high, { count: 64n - bits, operation: op.i64_shl }),",
    to: "0n,",
  },
  {
    name: "compiled: an addition loses a carry of the third limb",
    file: "compile/write-arithmetic.ts",
    from: "carry = eitherOf(writer, carry, carryOf(writer, whole, third));",
    to: "void eitherOf;",
  },
  {
    name: "a cold heir of SELFDESTRUCT costs nothing more",
    file: `${runtime}/tier0-world.ts`,
    from: "if access(heir) != 0 { gas -= i64[price.selfDestructCold]; }",
    to: "access(heir);",
  },
  {
    name: "a refund for clearing is not taken back",
    file: `${runtime}/storage.ts`,
    from: "refund(long(0) - i64[price.sstoreClearRefund]);",
    to: "refund(long(0));",
  },
  {
    name: "BLAKE2's rounds are read with their least byte first",
    file: "crypto/precompiles/blake2.ts",
    from: ".getUint32(0)",
    to: ".getUint32(0, true)",
  },
  {
    name: "an account stays warm behind a revert",
    file: `${runtime}/accounts.ts`,
    from: "setFlags(entry + account.flags, long(accountFlags.warm));",
    to: "i64[entry + account.flags] = i64[entry + account.flags] | accountFlags.warm;",
  },
  {
    name: "the square of memory is rounded once in the place of twice",
    file: `${runtime}/memory.ts`,
    from: `words * cost.memoryPerWord + words * words / cost.memoryQuadDivisor
    - wordsBefore * cost.memoryPerWord - wordsBefore * wordsBefore / cost.memoryQuadDivisor;`,
    to: `(words - wordsBefore) * cost.memoryPerWord
      + (words * words - wordsBefore * wordsBefore) / cost.memoryQuadDivisor;`,
  },
  {
    name: "a nonce of 128 is one byte in the address of a creation",
    file: `${runtime}/creates.ts`,
    from: "else if nonce < 0x80",
    to: "else if nonce <= 0x80",
  },
  {
    name: "frames may be one deeper",
    file: `${runtime}/calls.ts`,
    from: "if region >= zone.stacks + 0x4000000 ",
    to: "if region >= zone.stacks + 0x4010000 ",
  },
  {
    name: "a creation that collides leaves its address cold",
    file: `${runtime}/creates.ts`,
    from: "  access(target);\n",
    to: "  if !collides(target) { access(target); }\n",
  },
];
