import type { Operation } from "./operation.ts";
import { copyItem, isLong, isZero, readBytes, storeLong, storeZero } from "./pieces.ts";

const pop: Operation = { opcode: 0x50, gas: "cost.base", needs: 1, grows: -1, body: "" };
const jumpdest: Operation = { opcode: 0x5b, gas: "cost.jumpdest", needs: 0, grows: 0, body: "" };

/** 0x50 to 0x9f: stack, memory, flow. */
export const stackOps: readonly Operation[] = [
  pop,
  { opcode: 0x51, gas: "cost.veryLow", needs: 1, grows: 0, body: memoryLoad() },
  { opcode: 0x52, gas: "cost.veryLow", needs: 2, grows: -2, body: memoryStore() },
  { opcode: 0x53, gas: "cost.veryLow", needs: 2, grows: -2, body: memoryStoreByte() },
  { opcode: 0x56, gas: "cost.mid", needs: 1, grows: -1, body: jump("sp - 32"), isLast: true },
  { opcode: 0x57, gas: "cost.high", needs: 2, grows: -2, body: jumpIf() },
  push("pc - (i32[(sp & 0xffff0000) + frame.code])", 0x58),
  push("memorySize", 0x59),
  { opcode: 0x5a, gas: "cost.base", needs: 0, grows: 1, body: storeLong("gas", "sp") },
  jumpdest,
  { opcode: 0x5e, gas: 0, needs: 3, grows: -3, body: memoryCopy() },
  { opcode: 0x5f, gas: "cost.base", needs: 0, grows: 1, body: storeZero("sp") },
  ...range(1, 32).map(pushBytes),
  ...range(1, 16).map(duplicate),
  ...range(1, 16).map(swapWith),
];

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function push(value: string, opcode: number): Operation {
  const body = `let value = long(${value}); ${storeLong("value", "sp")}`;
  return { opcode, gas: "cost.base", needs: 0, grows: 1, body };
}

/** The last n bytes of 16 that end with the immediate, reversed, the rest masked off. */
function pushBytes(count: number): Operation {
  const masked = (end: string, bytes: number) => {
    const vector = `swap(v128[${end}])`;
    return bytes === 16 ? vector : `vand(${vector}, v128[constants.byteMasks + ${bytes * 16}])`;
  };
  const low = masked(`pc + ${count - 15}`, Math.min(count, 16));
  const high = count > 16 ? masked(`pc + ${count - 31}`, count - 16) : "vzero()";
  const body =
    count === 1 ? storeLong("u8long[pc + 1]", "sp") : `v128[sp] = ${low}; v128[sp + 16] = ${high};`;
  return { opcode: 0x5f + count, gas: "cost.veryLow", needs: 0, grows: 1, immediate: count, body };
}

function duplicate(depth: number): Operation {
  const body = `let from = sp - ${depth * 32}; ${copyItem("from", "sp")}`;
  return { opcode: 0x7f + depth, gas: "cost.veryLow", needs: depth, grows: 1, body };
}

function swapWith(depth: number): Operation {
  const body = `let other = sp - ${(depth + 1) * 32};
    let top = sp - 32;
    let a = v128[top]; let b = v128[top + 16];
    ${copyItem("other", "top")}
    v128[other] = a; v128[other + 16] = b;`;
  return { opcode: 0x8f + depth, gas: "cost.veryLow", needs: depth + 1, grows: 0, body };
}

/** Makes room for `size` bytes at the item, unless they are there. */
function provide(item: string, size: number): string {
  return `if ${isLong(item)} || i64[${item}] > 0xffffffff || i64[${item}] + ${size} > long(memorySize) {
      if ${isLong(item)} { become fail(failureBase, sp, memory, memorySize, pc); }
      gas, memorySize = reachTo(gas, memory, memorySize, i64[${item}], long(${size}));
      if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    }`;
}

function memoryLoad(): string {
  return `let at = sp - 32; ${provide("at", 32)}
    let from = memory + i32[at];
    ${readBytes("from", "at", "")}`;
}

function memoryStore(): string {
  return `let at = sp - 32; ${provide("at", 32)}
    let to = memory + i32[at];
    let value = sp - 64;
    ${readBytes("value", "to", "")}`;
}

function memoryStoreByte(): string {
  return `let at = sp - 32; ${provide("at", 1)} u8[memory + i32[at]] = i32[sp - 64];`;
}

function memoryCopy(): string {
  return `let to = sp - 32; let from = sp - 64; let size = sp - 96;
    gas -= cost.veryLow;
    if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    gas, memorySize = reach(gas, memory, memorySize, to, size);
    if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    gas, memorySize = reach(gas, memory, memorySize, from, size);
    if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    gas -= cost.copyPerWord * (i64[size] + 31 >> 5);
    if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
    if i32[size] != 0 { copy(memory + i32[to], memory + i32[from], i32[size]); }`;
}

/** Goes on at the destination in the item, with \`drop\` items off the stack. */
function jump(item: string, drop = 1): string {
  return `let region = sp & 0xffff0000;
    let object = i32[region + frame.code];
    let target = i64[${item}];
    if ${isLong(item)} || target >= long(i32[region + frame.codeSize]) {
      become invalidJump(gas, sp, memory, memorySize, pc);
    }
    let to = short(target);
    let map = i32[object + code.jumpDestinations];
    if ((u8[map + (to >> 3)] >> (to & 7)) & 1) == 0 {
      become invalidJump(gas, sp, memory, memorySize, pc);
    }
    if gas <s i64[machine.pollGas] { poll(gas, sp); }
    let table = i32[object + code.jumpTable];
    if table != 0 {
      let step = i32[table + to * 4];
      if step != 0 { become [step](gas, sp - ${drop * 32}, memory, memorySize, object + to); }
    }
    become [u8[object + to]](gas, sp - ${drop * 32}, memory, memorySize, object + to);`;
}

function jumpIf(): string {
  return `if !${isZero("sp - 64")} { ${jump("sp - 32", 2)} }`;
}
