import type { ForkName } from "../forks/fork.ts";
import type { GasSchedule } from "../forks/gas-schedule.ts";

/** An instruction of the EVM, independent of the fork. */
export interface Opcode {
  readonly code: number;
  readonly name: string;
  /** Items taken from the stack, and items put on it. DUP and SWAP take all that they need to see. */
  readonly pops: number;
  readonly pushes: number;
  /** The price that is always paid, as a name of the schedule; 0 for none. */
  readonly price: keyof GasSchedule | 0;
  /** The fork that brought it. */
  readonly since: ForkName;
  /** Bytes that follow the opcode. */
  readonly immediate: number;
}

type Row = readonly [
  code: number,
  name: string,
  pops: number,
  pushes: number,
  price: keyof GasSchedule | 0,
  since?: ForkName,
];

const rows: readonly Row[] = [
  [0x00, "STOP", 0, 0, 0],
  [0x01, "ADD", 2, 1, "veryLow"],
  [0x02, "MUL", 2, 1, "low"],
  [0x03, "SUB", 2, 1, "veryLow"],
  [0x04, "DIV", 2, 1, "low"],
  [0x05, "SDIV", 2, 1, "low"],
  [0x06, "MOD", 2, 1, "low"],
  [0x07, "SMOD", 2, 1, "low"],
  [0x08, "ADDMOD", 3, 1, "mid"],
  [0x09, "MULMOD", 3, 1, "mid"],
  [0x0a, "EXP", 2, 1, "exp"],
  [0x0b, "SIGNEXTEND", 2, 1, "low"],
  [0x10, "LT", 2, 1, "veryLow"],
  [0x11, "GT", 2, 1, "veryLow"],
  [0x12, "SLT", 2, 1, "veryLow"],
  [0x13, "SGT", 2, 1, "veryLow"],
  [0x14, "EQ", 2, 1, "veryLow"],
  [0x15, "ISZERO", 1, 1, "veryLow"],
  [0x16, "AND", 2, 1, "veryLow"],
  [0x17, "OR", 2, 1, "veryLow"],
  [0x18, "XOR", 2, 1, "veryLow"],
  [0x19, "NOT", 1, 1, "veryLow"],
  [0x1a, "BYTE", 2, 1, "veryLow"],
  [0x1b, "SHL", 2, 1, "veryLow", "constantinople"],
  [0x1c, "SHR", 2, 1, "veryLow", "constantinople"],
  [0x1d, "SAR", 2, 1, "veryLow", "constantinople"],
  [0x1e, "CLZ", 1, 1, "low", "osaka"],
  [0x20, "KECCAK256", 2, 1, "keccak"],
  [0x30, "ADDRESS", 0, 1, "base"],
  [0x31, "BALANCE", 1, 1, "balance"],
  [0x32, "ORIGIN", 0, 1, "base"],
  [0x33, "CALLER", 0, 1, "base"],
  [0x34, "CALLVALUE", 0, 1, "base"],
  [0x35, "CALLDATALOAD", 1, 1, "veryLow"],
  [0x36, "CALLDATASIZE", 0, 1, "base"],
  [0x37, "CALLDATACOPY", 3, 0, "veryLow"],
  [0x38, "CODESIZE", 0, 1, "base"],
  [0x39, "CODECOPY", 3, 0, "veryLow"],
  [0x3a, "GASPRICE", 0, 1, "base"],
  [0x3b, "EXTCODESIZE", 1, 1, "externalCode"],
  [0x3c, "EXTCODECOPY", 4, 0, "externalCode"],
  [0x3d, "RETURNDATASIZE", 0, 1, "base", "byzantium"],
  [0x3e, "RETURNDATACOPY", 3, 0, "veryLow", "byzantium"],
  [0x3f, "EXTCODEHASH", 1, 1, "externalCodeHash", "constantinople"],
  [0x40, "BLOCKHASH", 1, 1, "blockHash"],
  [0x41, "COINBASE", 0, 1, "base"],
  [0x42, "TIMESTAMP", 0, 1, "base"],
  [0x43, "NUMBER", 0, 1, "base"],
  [0x44, "PREVRANDAO", 0, 1, "base"],
  [0x45, "GASLIMIT", 0, 1, "base"],
  [0x46, "CHAINID", 0, 1, "base", "istanbul"],
  [0x47, "SELFBALANCE", 0, 1, "low", "istanbul"],
  [0x48, "BASEFEE", 0, 1, "base", "london"],
  [0x49, "BLOBHASH", 1, 1, "veryLow", "cancun"],
  [0x4a, "BLOBBASEFEE", 0, 1, "base", "cancun"],
  [0x50, "POP", 1, 0, "base"],
  [0x51, "MLOAD", 1, 1, "veryLow"],
  [0x52, "MSTORE", 2, 0, "veryLow"],
  [0x53, "MSTORE8", 2, 0, "veryLow"],
  [0x54, "SLOAD", 1, 1, "sload"],
  [0x55, "SSTORE", 2, 0, 0],
  [0x56, "JUMP", 1, 0, "mid"],
  [0x57, "JUMPI", 2, 0, "high"],
  [0x58, "PC", 0, 1, "base"],
  [0x59, "MSIZE", 0, 1, "base"],
  [0x5a, "GAS", 0, 1, "base"],
  [0x5b, "JUMPDEST", 0, 0, "jumpdest"],
  [0x5c, "TLOAD", 1, 1, "transient", "cancun"],
  [0x5d, "TSTORE", 2, 0, "transient", "cancun"],
  [0x5e, "MCOPY", 3, 0, "veryLow", "cancun"],
  [0x5f, "PUSH0", 0, 1, "base", "shanghai"],
  [0xf0, "CREATE", 3, 1, "create"],
  [0xf1, "CALL", 7, 1, "call"],
  [0xf2, "CALLCODE", 7, 1, "call"],
  [0xf3, "RETURN", 2, 0, 0],
  [0xf4, "DELEGATECALL", 6, 1, "call", "homestead"],
  [0xf5, "CREATE2", 4, 1, "create", "constantinople"],
  [0xfa, "STATICCALL", 6, 1, "call", "byzantium"],
  [0xfd, "REVERT", 2, 0, 0, "byzantium"],
  [0xff, "SELFDESTRUCT", 1, 0, "selfDestruct"],
];

const numbered = (count: number, row: (number: number) => Row): readonly Row[] =>
  Array.from({ length: count }, (_, index) => row(index + 1));

const families: readonly Row[] = [
  ...numbered(32, (n) => [0x5f + n, `PUSH${n}`, 0, 1, "veryLow"]),
  ...numbered(16, (n) => [0x7f + n, `DUP${n}`, n, n + 1, "veryLow"]),
  ...numbered(16, (n) => [0x8f + n, `SWAP${n}`, n + 1, n + 1, "veryLow"]),
  // LOGn pays for its topics as part of its fixed price; see `fixedGasOf`.
  ...numbered(5, (n) => [0x9f + n, `LOG${n - 1}`, n + 1, 0, "log"]),
];

/** Every instruction that any fork has, by its code. */
export const opcodes: readonly (Opcode | undefined)[] = tableOf([...rows, ...families]);

function tableOf(all: readonly Row[]): readonly (Opcode | undefined)[] {
  const table: (Opcode | undefined)[] = new Array<undefined>(256).fill(undefined);
  for (const [code, name, pops, pushes, price, since = "frontier"] of all) {
    const immediate = code >= 0x60 && code <= 0x7f ? code - 0x5f : 0;
    table[code] = Object.freeze({ code, name, pops, pushes, price, since, immediate });
  }
  return table;
}
