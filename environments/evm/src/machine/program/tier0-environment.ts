import type { Operation } from "./operation.ts";
import { copyItem, failIfOut, isLong, readBytes, storeLong, storeZero } from "./pieces.ts";

/** 0x20, and 0x30 to 0x4a: hash, message, block. */
export const environmentOps: readonly Operation[] = [
  { opcode: 0x20, gas: 0, needs: 2, grows: -1, body: hash() },
  pushItem(0x30, "i32[(sp & 0xffff0000) + frame.self]"),
  pushItem(0x32, "machine.origin"),
  pushItem(0x33, "(sp & 0xffff0000) + frame.caller"),
  pushItem(0x34, "(sp & 0xffff0000) + frame.value"),
  { opcode: 0x35, gas: "cost.veryLow", needs: 1, grows: 0, body: callDataLoad() },
  pushSize(0x36, "i32[(sp & 0xffff0000) + frame.callDataSize]"),
  copying(0x37, {
    source: "i32[(sp & 0xffff0000) + frame.callData]",
    size: "i32[(sp & 0xffff0000) + frame.callDataSize]",
  }),
  pushSize(0x38, "i32[(sp & 0xffff0000) + frame.codeSize]"),
  copying(0x39, {
    source: "i32[(sp & 0xffff0000) + frame.code]",
    size: "i32[(sp & 0xffff0000) + frame.codeSize]",
  }),
  pushItem(0x3a, "machine.gasPrice"),
  pushSize(0x3d, "i32[machine.returnDataSize]"),
  { opcode: 0x3e, gas: 0, needs: 3, grows: -3, body: returnDataCopy() },
  { opcode: 0x40, gas: "cost.blockHash", needs: 1, grows: 0, body: blockHash() },
  pushItem(0x41, "machine.coinbase"),
  pushItem(0x42, "machine.timestamp"),
  pushItem(0x43, "machine.number"),
  pushItem(0x44, "machine.prevRandao"),
  pushItem(0x45, "machine.gasLimit"),
  pushItem(0x46, "machine.chainId"),
  {
    opcode: 0x47,
    gas: "cost.low",
    needs: 0,
    grows: 1,
    body: `let from = i32[(sp & 0xffff0000) + frame.self] + account.balance; ${copyItem("from", "sp")}`,
  },
  pushItem(0x48, "machine.baseFee"),
  { opcode: 0x49, gas: "cost.veryLow", needs: 1, grows: 0, body: blobHash() },
  pushItem(0x4a, "machine.blobBaseFee"),
];

function pushItem(opcode: number, address: string): Operation {
  const body = `let from = ${address}; ${copyItem("from", "sp")}`;
  return { opcode, gas: "cost.base", needs: 0, grows: 1, body };
}

function pushSize(opcode: number, size: string): Operation {
  const body = `let size = long(${size}); ${storeLong("size", "sp")}`;
  return { opcode, gas: "cost.base", needs: 0, grows: 1, body };
}

function hash(): string {
  return `let at = sp - 64;
    gas -= cost.keccak;
    ${failIfOut}
    gas, memorySize = reach(gas, memory, memorySize, sp - 32, at);
    ${failIfOut}
    gas -= cost.keccakPerWord * (i64[at] + 31 >> 5);
    ${failIfOut}
    let size = i32[at];
    if size == 64 { hashOfPair(memory + i32[sp - 32], at); }
    else {
      keccak(memory + select(size, i32[sp - 32], 0), size, at);
      ${readBytes("at", "at", "")}
    }`;
}

function callDataLoad(): string {
  return `let region = sp & 0xffff0000;
    let at = sp - 32;
    let from = i32[region + frame.callData];
    let size = i32[region + frame.callDataSize];
    if !${isLong("at")} && i64[at] <= 0xffffffff && i64[at] + 32 <= long(size) {
      from = from + i32[at];
      ${readBytes("from", "at", "")}
    } else { loadPadded(at, from, size); }`;
}

/** Target offset, source offset, size; zeros behind the end of the source. */
function copying(
  opcode: number,
  { source, size }: { readonly source: string; readonly size: string },
): Operation {
  const body = `gas -= cost.veryLow;
    ${failIfOut}
    gas, memorySize = reach(gas, memory, memorySize, sp - 32, sp - 96);
    ${failIfOut}
    gas -= cost.copyPerWord * (i64[sp - 96] + 31 >> 5);
    ${failIfOut}
    let count = i32[sp - 96];
    if count != 0 { copyPadded(memory + i32[sp - 32], count, sp - 64, ${source}, ${size}); }`;
  return { opcode, gas: 0, needs: 3, grows: -3, body };
}

function returnDataCopy(): string {
  return `gas -= cost.veryLow;
    ${failIfOut}
    gas, memorySize = reach(gas, memory, memorySize, sp - 32, sp - 96);
    ${failIfOut}
    gas -= cost.copyPerWord * (i64[sp - 96] + 31 >> 5);
    ${failIfOut}
    let size = long(i32[machine.returnDataSize]);
    if ${isLong("sp - 64")} || i64[sp - 64] > size || i64[sp - 96] > size - i64[sp - 64] {
      become fail(failureBase + failure.returnDataOutOfBounds, sp, memory, memorySize, pc);
    }
    let count = i32[sp - 96];
    if count != 0 { copy(memory + i32[sp - 32], i32[machine.returnData] + i32[sp - 64], count); }`;
}

function blockHash(): string {
  return `let at = sp - 32;
    let number = i64[machine.number];
    if !${isLong("at")} && i64[at] < number && number - i64[at] <= 256 { blockHashHost(at); }
    else { ${storeZero("at")} }`;
}

function blobHash(): string {
  return `let at = sp - 32;
    if !${isLong("at")} && i64[at] < long(i32[machine.blobHashCount]) {
      let from = i32[machine.blobHashes] + i32[at] * 32;
      ${copyItem("from", "at")}
    } else { ${storeZero("at")} }`;
}
