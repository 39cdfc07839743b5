import { copyItem } from "./pieces.ts";

/** Code objects: bytes with header, kept by hash across executions. */
export const codeSource: string = `
// Room for code of that size; bytes and hash are for the caller to write, then \`keepCode\`.
export fn newCode(size: i32) -> i32 {
  let bytes = long(size) + long(code.headerBytes + code.paddingBytes) + ((long(size) + 7) >> 3) + 8;
  let start = i32[machine.codeNext];
  let next = (long(start) + bytes + 15) & -16;
  if next > zone.codeEnd { exhausted(); }
  i32[machine.codeNext] = short(next);
  let object = start + code.headerBytes;
  prepareCode(object, size);
  return object;
}

fn prepareCode(object: i32, size: i32) {
  fill(object - code.headerBytes, 0, code.headerBytes);
  fill(object + size, 0, code.paddingBytes);
  i32[object + code.size] = size;
  i32[object + code.entry] = steps.dispatch;
}

// Enters a code object whose hash is written into the table.
export fn keepCode(object: i32) {
  if i32[object + code.size] == 23 && (i32[object] & 0xffffff) == 0x0001ef {
    i32[object + code.isDelegation] = 1;
  }
  let bucket = codeBuckets + (i32[object + code.hash] & 1023) * 4;
  i32[object + code.next] = i32[bucket];
  i32[bucket] = object;
}

export fn findCode(hash: i32) -> i32 {
  let object = i32[codeBuckets + (i32[hash] & 1023) * 4];
  while object != 0 {
    if i64[object + code.hash] == i64[hash] && i64[object + code.hash + 8] == i64[hash + 8]
      && i64[object + code.hash + 16] == i64[hash + 16]
      && i64[object + code.hash + 24] == i64[hash + 24] { return object; }
    object = i32[object + code.next];
  }
  return 0;
}

// The code object of a loaded account.
export fn codeOf(entry: i32) -> i32 {
  let known = i32[entry + account.code];
  if known != 0 { return known; }
  let object = findCode(entry + account.codeHash);
  if object == 0 { object = loadCode(entry); }
  i64[entry + account.code] = long(object);
  return object;
}

// Keeps what a creation deploys: the object of those bytes.
fn deployedCode(from: i32, size: i32) -> i32 {
  keccak(from, size, scratch.hash);
  let object = findCode(scratch.hash);
  if object != 0 { return object; }
  object = newCode(size);
  copy(object, from, size);
  ${copyItem("scratch.hash", "object + code.hash")}
  keepCode(object);
  return object;
}

// Writes the bitmap of JUMPDESTs behind the padding.
fn analyze(object: i32) {
  let size = i32[object + code.size];
  let bitmap = object + size + code.paddingBytes;
  fill(bitmap, 0, (size + 7) >> 3);
  let at = 0;
  while at < size {
    let opcode = u8[object + at];
    if opcode == 0x5b {
      u8[bitmap + (at >> 3)] = u8[bitmap + (at >> 3)] | (1 << (at & 7));
    }
    at += 1;
    if opcode >= 0x60 && opcode <= 0x7f { at += opcode - 0x5f; }
  }
  i32[object + code.jumpDestinations] = bitmap;
}
`;
