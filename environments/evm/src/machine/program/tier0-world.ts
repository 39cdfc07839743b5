import type { Operation } from "./operation.ts";
import { copyItem, failIfOut, readBytes, storeLong, storeZero } from "./pieces.ts";

/** Accounts, storage, logs, calls, ends. */
export const worldOps: readonly Operation[] = [
  last(0x00, "become stop(gas, sp, memory, memorySize, pc);"),
  {
    opcode: 0x31,
    gas: 0,
    needs: 1,
    grows: 0,
    body: `${accessed("price.balance")} let from = entry + account.balance; ${copyItem("from", "at")}`,
  },
  {
    opcode: 0x3b,
    gas: 0,
    needs: 1,
    grows: 0,
    body: `${accessed("price.externalCode")}
      let size = long(i32[codeOf(entry) + code.size]); ${storeLong("size", "at")}`,
  },
  { opcode: 0x3c, gas: 0, needs: 4, grows: -4, body: externalCodeCopy() },
  { opcode: 0x3f, gas: 0, needs: 1, grows: 0, body: externalCodeHash() },
  { opcode: 0x54, gas: 0, needs: 1, grows: 0, body: `gas = sload(gas, sp); ${failIfOut}` },
  { opcode: 0x55, gas: 0, needs: 2, grows: -2, body: `gas = sstore(gas, sp); ${failIfOut}` },
  { opcode: 0x5c, gas: "cost.transient", needs: 1, grows: 0, body: "tload(sp);" },
  {
    opcode: 0x5d,
    gas: "cost.transient",
    needs: 2,
    grows: -2,
    body: `if (i32[(sp & 0xffff0000) + frame.flags] & frameFlags.isStatic) != 0 {
        become staticChange(gas, sp, memory, memorySize, pc);
      }
      tstore(sp);`,
  },
  ...[0, 1, 2, 3, 4].map(log),
  ...(["create", "call", "callCode"] as const).map((step, index) => caller(0xf0 + index, step)),
  last(0xf3, "become opReturn(gas, sp, memory, memorySize, pc);"),
  caller(0xf4, "delegateCall"),
  caller(0xf5, "create2"),
  caller(0xfa, "staticCall"),
  last(0xfd, "become opRevert(gas, sp, memory, memorySize, pc);"),
  last(0xff, "become selfDestruct(gas, sp, memory, memorySize, pc);"),
];

export const worldSource: string = `
// Topics and data of the log at the top of the stack; gas is paid, the range of memory is there.
fn appendLog(sp: i32, memory: i32, topics: i32) {
  let size = i32[sp - 64];
  let bytes = long(size);
  let count = 1;
  let last = i32[machine.logs];
  // Each record counts itself and those before it, so that what a frame takes back is not counted.
  if last != 0 {
    bytes = bytes + i64[last + 16];
    count = count + i32[last + 24];
  }
  if bytes > i64[machine.logBytesMax] || count > i32[machine.logsMax] { outputExhausted(); }
  let record = allocate(160 + size);
  i64[record + 16] = bytes;
  i32[record + 24] = count;
  i32[record] = i32[machine.logs];
  i32[record + 4] = i32[(sp & 0xffff0000) + frame.self];
  i32[record + 8] = topics;
  i32[record + 12] = size;
  let i = 0;
  while i < topics {
    let from = sp - 96 - i * 32;
    let to = record + 32 + i * 32;
    ${copyItem("from", "to")}
    i += 1;
  }
  if size != 0 { copy(record + 160, memory + i32[sp - 32], size); }
  i32[machine.logs] = record;
}

step selfDestruct {
  if ((sp & 0xffff) - frame.stack) < 32 { become underflow(gas, sp, memory, memorySize, pc); }
  let region = sp & 0xffff0000;
  if (i32[region + frame.flags] & frameFlags.isStatic) != 0 { become staticChange(gas, sp, memory, memorySize, pc); }
  let heir = accountAt(sp - 32);
  let self = i32[region + frame.self];
  gas -= i64[price.selfDestruct];
  if access(heir) != 0 { gas -= i64[price.selfDestructCold]; }
  let balance = self + account.balance;
  let hasValue = (i64[balance] | i64[balance + 8] | i64[balance + 16] | i64[balance + 24]) != 0;
  if (hasValue || i64[rule.clearsEmptyAccounts] == 0) && isNew(heir) {
    gas -= i64[price.selfDestructNewAccount];
  }
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  if (i64[self + account.flags] & accountFlags.destroyed) == 0 { refund(i64[price.selfDestructRefund]); }
  touch(heir, hasValue);
  let isDestroyed = i64[rule.destroysOnlyCreated] == 0
    || (i64[self + account.flags] & accountFlags.created) != 0;
  if self != heir { moveAll(self, heir); }
  if isDestroyed {
    if self == heir { clearBalance(self); }
    setFlags(self + account.flags, long(accountFlags.destroyed));
  }
  become stop(gas, sp, memory, memorySize, pc);
}

fn moveAll(from: i32, to: i32) {
  ${copyItem("from + account.balance", "scratch.a")}
  transfer(from, to, scratch.a);
}
`;

function last(opcode: number, body: string): Operation {
  return { opcode, gas: 0, needs: 0, grows: 0, body, isLast: true };
}

/** A step of the runtime that goes on behind this instruction. */
function caller(opcode: number, step: string): Operation {
  return last(
    opcode,
    `let region = sp & 0xffff0000;
    i32[region + frame.resume] = steps.dispatch;
    i32[region + frame.resumePc] = pc + 1;
    become ${step}(gas, sp, memory, memorySize, pc);`,
  );
}

/** Declares \`at\`, the top item, and \`entry\`, the account there; pays for it. */
function accessed(price: string): string {
  return `let at = sp - 32;
    let entry = accountAt(at);
    gas -= i64[${price}] + access(entry);
    ${failIfOut}`;
}

function externalCodeHash(): string {
  return `${accessed("price.externalCodeHash")}
    let from = entry + account.codeHash;
    if isEmpty(entry) { ${storeZero("at")} }
    else { ${readBytes("from", "at", "")} }`;
}

function externalCodeCopy(): string {
  return `let entry = accountAt(sp - 32);
    gas -= i64[price.externalCode] + access(entry);
    ${failIfOut}
    gas, memorySize = reach(gas, memory, memorySize, sp - 64, sp - 128);
    ${failIfOut}
    gas -= cost.copyPerWord * (i64[sp - 128] + 31 >> 5);
    ${failIfOut}
    let count = i32[sp - 128];
    let object = codeOf(entry);
    if count != 0 {
      copyPadded(memory + i32[sp - 64], count, sp - 96, object, i32[object + code.size]);
    }`;
}

function log(topics: number): Operation {
  const body = `if (i32[(sp & 0xffff0000) + frame.flags] & frameFlags.isStatic) != 0 {
      become staticChange(gas, sp, memory, memorySize, pc);
    }
    gas -= cost.log + ${topics} * cost.logPerTopic;
    ${failIfOut}
    gas, memorySize = reach(gas, memory, memorySize, sp - 32, sp - 64);
    ${failIfOut}
    gas -= cost.logPerByte * i64[sp - 64];
    ${failIfOut}
    appendLog(sp, memory, ${topics});`;
  return { opcode: 0xa0 + topics, gas: 0, needs: 2 + topics, grows: -2 - topics, body };
}
