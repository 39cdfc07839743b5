/**
 * Memory layout and calling convention of the machine. Tier 0, tier 1 and the host agree on this file.
 *
 * ## Zones of the linear memory
 *
 * | from           | what                                                                                |
 * | -------------- | ----------------------------------------------------------------------------------- |
 * | `machine`      | registers of the machine: counters, marks, the fork's prices, block and transaction |
 * | `zone.scratch` | work space of single operations; nothing there survives a call of a function        |
 * | `zone.code`    | code objects by hash; they outlive executions and go all at once when it is full     |
 * | `zone.heap`    | accounts, slots, journal, logs, return data of one execution; bump allocated         |
 * | `zone.stacks`  | one region of 64 KiB per call depth: frame, then EVM stack                           |
 * | `zone.memory`  | EVM memories, stacked: a child's begins where its parent's ends                      |
 *
 * The zones have fixed addresses; pages that nothing touched cost nothing but address space. All heap
 * pointers are 16-byte aligned, 0 is none.
 *
 * ## Items
 *
 * A 256-bit item has 32 bytes: four little-endian 64-bit limbs, the least first. Addresses are items.
 *
 * ## Steps: the calling convention
 *
 * Everything that executes EVM code is a Wasm function of the type `stepType`, called a step:
 *
 *     (gas: i64, sp: i32, memory: i32, memorySize: i32, pc: i32) -> ()
 *
 * A step never returns to a caller that goes on: it ends by a tail call of the next step
 * (`return_call` where it is known, `return_call_indirect` over table 0 where it is not), and the
 * first step that returns ends the whole execution. So no EVM call uses native stack.
 *
 * - `gas`: left, signed. Negative means failure: `failureBase + code` for a named one (`failures`),
 *   any other negative number for out of gas. A step that sees it negative tail-calls `steps.fail`.
 * - `sp`: address above the top item; the stack grows upwards from `region + frame.stack`. The top item
 *   is at `sp - 32`. Check `(sp & 0xffff) - (frame.stack + need * 32) >u (1024 - need - grow) * 32` for
 *   a violation, unsigned.
 * - `memory`: address of the frame's EVM memory; `memorySize` its size in bytes, a multiple of 32.
 *   Bytes beyond the size are undefined: `expand` zeroes what it adds.
 * - `pc`: in tier 0 the address of the opcode to execute (`code + pc`). Tier 1 may pass anything to its
 *   own steps, but enters tier 0, and every step of the runtime that takes a position, with the address.
 *
 * The frame of the running step is at `sp & 0xffff0000`, its parent's 64 KiB below.
 *
 * ## Calls
 *
 * A step that calls (CALL, CREATE, ...) sets `frame.resume` (table index) and `frame.resumePc`, then
 * tail-calls the runtime's step for the opcode with the operands still on the stack. When the callee is
 * done, the runtime puts the result on the caller's stack and tail-calls `table[frame.resume]` with the
 * caller's gas, sp, memory and size, and `frame.resumePc` as pc. Tier 0 resumes in `steps.dispatch`.
 *
 * A frame begins at `table[code.entry]`, with pc at its first byte: `steps.dispatch`, or what tier 1 put
 * there. A JUMP of tier 0 goes to `table[jumpTable[destination]]` where the code has a jump table with
 * something there, so that a frame can change over to tier 1 at any JUMPDEST. Tier 1 goes back to
 * tier 0 by a tail call of `steps.dispatch`, at any instruction.
 *
 * ## Deadlines
 *
 * Steps that jump backwards compare gas with `machine.pollGas` (signed): when gas is below it, they call
 * the runtime's `poll(gas, sp)`, where the host looks at the clock and ends the execution by throwing.
 * This costs no gas. What a frame keeps while it calls is taken off `pollGas` and put back afterwards, so
 * that polls come after the same work in every frame.
 */

/**
 * Where a zone begins. Code and heap hold the worst that a transaction of 2^24 gas can ask for: 6,400 cold
 * contracts of 24 KiB are 160 MB, and 256 bytes for each account or slot are far less.
 */
export const zone = {
  scratch: 0x0000_4000,
  constants: 0x0000_8000,
  code: 0x0010_0000,
  codeEnd: 0x1000_0000,
  heap: 0x1000_0000,
  heapEnd: 0x2000_0000,
  stacks: 0x2000_0000,
  memory: 0x2410_0000,
} as const;

export const pageBytes = 65_536;
export const depthMax = 1_024;
export const stackItemsMax = 1_024;
export const regionBytes = 0x1_0000;

/** Fields of a frame, as offsets from its region. Numbers are i32 where nothing else is said. */
export const frame = {
  /** Address of the first code byte. */
  code: 0,
  codeSize: 4,
  callData: 8,
  callDataSize: 12,
  /** The account whose address, balance and storage the code sees. */
  self: 16,
  /** Bit 0: static. Bit 1: creation. Bit 2: ends the execution. */
  flags: 20,
  /** EVM memory, written when the frame calls. */
  memory: 24,
  memorySize: 28,
  /** i64, written when the frame calls: what it keeps. */
  gas: 32,
  sp: 40,
  resume: 44,
  resumePc: 48,
  /** Where the callee's output goes, in the memory of this frame. */
  outputOffset: 52,
  outputSize: 56,
  /** State to return to where the frame fails. */
  journalMark: 60,
  logMark: 64,
  /** i64. */
  refundMark: 72,
  /** A number that no other frame of the execution has. */
  serial: 80,
  /** Items. */
  caller: 96,
  value: 128,
  /** The first item of the stack. */
  stack: 512,
} as const;

export const frameFlags = { isStatic: 1, isCreation: 2, isOutermost: 4 } as const;

/** Fields of a code object, as offsets from the first code byte: its header lies before it. */
export const code = {
  headerBytes: 96,
  size: -96,
  /** Bit n is set where byte n is a JUMPDEST; 0 until `analyze`. */
  jumpDestinations: -92,
  /** Table index of the step that begins a frame. */
  entry: -88,
  /** Address of one i32 per code byte: table index of the step at that JUMPDEST, 0 for none. Or 0. */
  jumpTable: -84,
  /** Frames that began on this code. */
  entries: -80,
  /** Next code object in its bucket. */
  next: -76,
  /** The designated address (EIP-7702) is in the bytes 3..22 where this is 1. */
  isDelegation: -72,
  /** Keccak-256 as bytes. */
  hash: -64,
  /** As many zeros stand behind the last byte, so that a PUSH at the end reads zeros, and STOP. */
  paddingBytes: 64,
} as const;

/** Fields of an account. The words up to `codeHash` are journalled. */
export const account = {
  bytes: 256,
  /** Item. */
  address: 0,
  /** i64: `accountFlags`. */
  flags: 32,
  nonce: 40,
  /** Item. */
  balance: 48,
  /** i64: address of the code object once it was needed, else 0. */
  code: 80,
  /** 32 bytes. */
  codeHash: 96,
  /** As the world has it: nonce, balance, code hash, and whether it exists. */
  nonceBefore: 128,
  balanceBefore: 136,
  codeHashBefore: 168,
  existsBefore: 200,
  hasStorageBefore: 204,
  /** Chain of all accounts of the execution, newest first. */
  next: 208,
  /** Bucket hash, kept for growing. */
  hash: 212,
  /** The number of the precompile at this address, or 0. */
  precompile: 216,
  /** 1 once the host was asked. */
  loaded: 220,
} as const;

export const accountFlags = {
  exists: 1,
  warm: 2,
  created: 4,
  destroyed: 8,
  touched: 16,
  codeSet: 32,
} as const;

/** Fields of a storage slot (also of a transient one). */
export const slot = {
  bytes: 160,
  account: 0,
  hash: 4,
  /** Chain of all slots, newest first. */
  next: 8,
  /** The frame that last journalled the value. */
  serial: 12,
  /** i64: `slotFlags`. */
  flags: 16,
  /** Items. */
  key: 32,
  value: 64,
  original: 96,
} as const;

export const slotFlags = { warm: 1, loaded: 2 } as const;

/** Registers of the machine, as absolute addresses. */
export const machine = {
  /** i64: steps that jump back call `poll` when gas is below. */
  pollGas: 0x400,
  /** i64: gas left at the end. */
  gasLeft: 0x408,
  /** i64. */
  refund: 0x410,
  /** 0 success, 1 revert, 2 failure. */
  status: 0x418,
  /** `failures`, where the status says so. */
  failure: 0x41c,
  /** What RETURNDATA sees, and the output at the end. */
  returnData: 0x420,
  returnDataSize: 0x424,
  returnDataCapacity: 0x428,
  journal: 0x42c,
  logs: 0x430,
  accounts: 0x438,
  slots: 0x43c,
  heapNext: 0x440,
  codeNext: 0x444,
  serial: 0x448,
  /** Highest end of an EVM memory so far. */
  memoryTop: 0x44c,
  /** Hash tables: address, bucket count - 1, entries. */
  accountTable: 0x450,
  slotTable: 0x460,
  transientTable: 0x470,
  codeTable: 0x480,
  /** i32: entries of the hash tables of another generation are free. */
  generation: 0x490,
  /** Largest end of EVM memory that is allowed, i64. */
  memoryLimit: 0x498,
  /** Account of a failed touch that outlives it (the precompile 3 of EIP-158). */
  ripemdTouched: 0x4a0,
  blobHashes: 0x4a8,
  blobHashCount: 0x4ac,
  /** Secret multipliers of the hash, 8 of i64. */
  seeds: 0x4c0,
  /** Items. */
  origin: 0x500,
  gasPrice: 0x520,
  coinbase: 0x540,
  timestamp: 0x560,
  number: 0x580,
  prevRandao: 0x5a0,
  gasLimit: 0x5c0,
  chainId: 0x5e0,
  baseFee: 0x600,
  blobBaseFee: 0x620,
  /** The top-level message: written by the host. Items, then sizes. */
  messageSender: 0x640,
  messageTo: 0x660,
  messageCode: 0x680,
  messageValue: 0x6a0,
  messageGas: 0x6c0,
  messageInput: 0x6c8,
  messageInputSize: 0x6cc,
  messageFlags: 0x6d0,
  /** Output of the frame that is ending. */
  output: 0x6d4,
  outputSize: 0x6d8,
  /** Input of a precompile that is called. */
  inputAt: 0x6dc,
  inputSize: 0x6e0,
  /** \`hot\` is called when that many frames began on a code; 0 for never. */
  hotEntries: 0x6e4,
  /** i64: gas between polls. */
  pollInterval: 0x6e8,
  /** i64: what following a delegation cost. */
  delegationGas: 0x6f0,
  /** i64: most bytes of data in the logs that stand; i32: most logs. */
  logBytesMax: 0x6f8,
  logsMax: 0x700,
  /** An item that the host hands to a function. */
  hostItem: 0x740,
  /** i64 each, in the order of `prices`. */
  prices: 0x800,
  /** i64 each, in the order of `ruleNames`. */
  rules: 0xc00,
} as const;

/** Work space of single operations. Of \`product\` and \`dividend\` some digits beyond 512 bits are used. */
export const scratch = {
  a: 0x4000,
  b: 0x4020,
  product: 0x4060,
  quotient: 0x40c0,
  rest: 0x4100,
  divisor: 0x4140,
  dividend: 0x4180,
  keccak: 0x4200,
  keccakInput: 0x4360,
  hash: 0x4420,
  bytes: 0x4440,
  address: 0x4460,
  /** The powers 0 to 3 of a base. */
  powers: 0x4480,
} as const;

/** What the host writes once, and the first buckets of the hash tables. */
export const constants = {
  /** 24 round constants of i64. */
  keccak: 0x8000,
  /** Keccak-256 of nothing. */
  emptyHash: 0x80c0,
  /** 17 vectors: n bytes of ones, then zeros. */
  byteMasks: 0x8100,
  /** The code object of no code: its header lies before. */
  emptyCode: 0x8300,
} as const;

export const buckets = {
  codes: { at: 0x9000, count: 1_024 },
  accounts: { at: 0x1_0000, count: 1_024 },
  slots: { at: 0x1_4000, count: 4_096 },
  transient: { at: 0x1_c000, count: 1_024 },
  /** Hashes of two words that were asked for last; 128 bytes each. */
  hashes: { at: 0x2_0000, count: 1_024 },
} as const;

/** Failures by code; `gas = failureBase + code`. */
export const failures = [
  "outOfGas",
  "stackUnderflow",
  "stackOverflow",
  "invalidJump",
  "invalidOpcode",
  "staticStateChange",
  "returnDataOutOfBounds",
  "createCollision",
  "codeSizeExceeded",
  "initCodeSizeExceeded",
  "invalidCode",
  "precompileFailure",
  "insufficientBalance",
] as const;
export type Failure = (typeof failures)[number];

/** The least i64, as a decimal: failure codes are added to it. */
export const failureBase: bigint = -(2n ** 63n);

/** Fixed indices of table 0. Below 512 are the opcodes: as the fork and the tracer have them, then plain. */
export const steps = {
  opcodes: 0,
  plainOpcodes: 256,
  /** Executes the instruction at pc in tier 0. */
  dispatch: 512,
  /** Ends the frame with the failure in gas. */
  fail: 513,
  /** Ends the frame with success; no output. */
  stop: 514,
  invalid: 515,
  trace: 516,
  call: 517,
  callCode: 518,
  delegateCall: 519,
  staticCall: 520,
  create: 521,
  create2: 522,
  /** Operands on the stack: offset, size. */
  return: 523,
  revert: 524,
  selfDestruct: 525,
  /** Free for tier 1 from here. */
  firstFree: 1_024,
} as const;

/** The Wasm type of a step. */
export const stepType = {
  parameters: ["i64", "i32", "i32", "i32", "i32"],
  results: [],
} as const;
