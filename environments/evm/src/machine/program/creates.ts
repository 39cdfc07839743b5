import { copyItem, readBytes, storeZero } from "./pieces.ts";

/** CREATE, CREATE2 and the creation of the top-level message. */
export const createSource: string = `
// Writes the bytes of the address at \`entry\` to \`to\`: 20 bytes, and 12 zeros before them.
fn writeAddress(entry: i32, to: i32) {
  let high = swap(v128[entry + 16]);
  let low = swap(v128[entry]);
  v128[to - 12] = high;
  v128[to + 4] = low;
}

// The item of the address in the last 20 bytes of the hash at scratch.hash.
fn addressOfHash() {
  ${storeZero("scratch.bytes")}
  copy(scratch.bytes + 12, scratch.hash + 12, 20);
  ${readBytes("scratch.bytes", "scratch.address", "Address")}
}

// keccak(rlp([sender, nonce]))
fn createAddress(sender: i32, nonce: i64) {
  let at = scratch.keccakInput + 32;
  writeAddress(sender, at + 2);
  u8[at + 1] = 0x94;
  let size = 23;
  if nonce == 0 { u8[at + 22] = 0x80; }
  else if nonce < 0x80 { u8[at + 22] = short(nonce); }
  else {
    let bytes = 8 - short(clz(nonce) >> 3);
    u8[at + 22] = 0x80 + bytes;
    let i = 0;
    while i < bytes {
      u8[at + 22 + bytes - i] = short(nonce >> long(i * 8));
      i += 1;
    }
    size += bytes;
  }
  u8[at] = 0xc0 + size - 1;
  keccak(at, size, scratch.hash);
  addressOfHash();
}

// keccak(0xff, sender, salt, keccak(init code))
fn create2Address(sender: i32, salt: i32, code: i32, size: i32) {
  let at = scratch.keccakInput + 32;
  keccak(code, size, at + 53);
  writeAddress(sender, at + 1);
  u8[at] = 0xff;
  v128[at + 21] = swap(v128[salt + 16]);
  v128[at + 37] = swap(v128[salt]);
  keccak(at, 85, scratch.hash);
  addressOfHash();
}

fn collides(entry: i32) -> i32 {
  return i64[entry + account.nonce] != 0 || hasCode(entry) || i32[entry + account.hasStorageBefore] != 0;
}

// A code object in the memory zone, for init code: it lives as long as its frame.
fn initCode(from: i32, size: i32, at: i32) -> i32 {
  let end = long(at) + long(size) + long(size >> 3) + 256;
  provide(end);
  let object = at + code.headerBytes;
  copy(object, from, size);
  prepareCode(object, size);
  return object;
}

// Where the memory of a frame with init code begins.
fn memoryAfter(object: i32) -> i32 {
  let size = i32[object + code.size];
  return object + size + (size >> 3) + 160 & -32;
}

// Makes the new account that a creation's frame belongs to.
fn openCreation(entry: i32, sender: i32, value: i32) {
  setFlags(entry + account.flags, long(accountFlags.created | accountFlags.exists | accountFlags.touched));
  if i64[rule.clearsEmptyAccounts] != 0 { setNonce(entry, long(1)); }
  transfer(sender, entry, value);
}

${createStep("create")}
${createStep("create2")}
`;

function createStep(kind: "create" | "create2"): string {
  const items = kind === "create" ? 3 : 4;
  const at = (index: number) => `(sp - ${32 * (index + 1)})`;
  const words = "(long(size) + 31 >> 5)";
  const price =
    kind === "create"
      ? `i64[price.create] + i64[price.initCodePerWord] * ${words}`
      : `i64[price.create] + (i64[price.initCodePerWord] + cost.keccakPerWord) * ${words}`;
  return `
step ${kind} {
  if ((sp & 0xffff) - frame.stack) < ${items * 32} { become underflow(gas, sp, memory, memorySize, pc); }
  let region = sp & 0xffff0000;
  if (i32[region + frame.flags] & frameFlags.isStatic) != 0 { become staticChange(gas, sp, memory, memorySize, pc); }
  if gas <s i64[machine.pollGas] { poll(gas, sp); }
  gas, memorySize = reach(gas, memory, memorySize, ${at(1)}, ${at(2)});
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  let size = i32[${at(2)}];
  if i64[rule.initCodeSizeMax] != 0 && long(size) > i64[rule.initCodeSizeMax] {
    become fail(failureBase + failure.initCodeSizeExceeded, sp, memory, memorySize, pc);
  }
  gas -= ${price};
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  i32[machine.returnDataSize] = 0;
  let self = i32[region + frame.self];
  let nonce = i64[self + account.nonce];
  let result = sp - ${items * 32};
  let value = ${at(0)};
  if region >= zone.stacks + 0x4000000 || nonce == -1 || lessThan(self + account.balance, value) {
    ${storeZero("result")}
    become [i32[region + frame.resume]](gas, result + 32, memory, memorySize, i32[region + frame.resumePc]);
  }
  let from = memory + select(size, i32[${at(1)}], 0);
  ${kind === "create" ? "createAddress(self, nonce);" : `create2Address(self, ${at(3)}, from, size);`}
  setNonce(self, nonce + 1);
  let target = accountAt(scratch.address);
  access(target);
  let given = gas;
  if i64[rule.keepsOne64th] != 0 { given = gas - (gas >> 6); }
  gas -= given;
  i32[region + frame.sp] = result + 32;
  i32[region + frame.memory] = memory;
  i32[region + frame.memorySize] = memorySize;
  i32[region + frame.outputSize] = 0;
  i64[region + frame.gas] = gas;
  if collides(target) {
    ${storeZero("result")}
    i64[machine.pollGas] = i64[machine.pollGas] - given;
    become [i32[region + frame.resume]](gas, result + 32, memory, memorySize, i32[region + frame.resumePc]);
  }
  let object = initCode(from, size, memory + memorySize);
  let child = region + 0x10000;
  openFrame(child, object, frameFlags.isCreation);
  i32[child + frame.callDataSize] = 0;
  i32[child + frame.self] = target;
  ${copyItem("self", "child + frame.caller")}
  ${copyItem("value", "child + frame.value")}
  openCreation(target, self, value);
  i64[machine.pollGas] = i64[machine.pollGas] - gas;
  become enter(given, child + frame.stack, memoryAfter(object), 0, object);
}`;
}
