/** Heap, journal, logs: everything of one execution that grows. */
export const heapSource: string = `
// 16-byte aligned; the bytes are not zeroed. Ends the execution where the zone is full.
export fn allocate(bytes: i32) -> i32 {
  let at = i32[machine.heapNext];
  let next = long(at) + ((long(bytes) + 15) & -16);
  if next > zone.heapEnd { exhausted(); }
  i32[machine.heapNext] = short(next);
  return at;
}

// What undoes a change: the bytes as they were, or flags to clear. Records are undone newest first.
fn record(address: i32, kind: i32, bytes: i32) -> i32 {
  let at = allocate(16 + bytes);
  i32[at] = i32[machine.journal];
  i32[at + 4] = address;
  i32[at + 8] = kind;
  i32[machine.journal] = at;
  return at;
}

fn journalLong(address: i32) {
  let at = record(address, 1, 16);
  i64[at + 16] = i64[address];
}

fn journalItem(address: i32) {
  let at = record(address, 2, 32);
  v128[at + 16] = v128[address];
  v128[at + 32] = v128[address + 16];
}

fn setFlags(address: i32, flags: i64) {
  let added = flags & (i64[address] ^ -1);
  if added == 0 { return; }
  let at = record(address, 0, 16);
  i64[at + 16] = added;
  i64[address] = i64[address] | added;
}

fn rollBack(mark: i32) {
  let at = i32[machine.journal];
  while at != mark {
    let address = i32[at + 4];
    let kind = i32[at + 8];
    if kind == 0 { i64[address] = i64[address] ^ i64[at + 16]; }
    else if kind == 1 { i64[address] = i64[at + 16]; }
    else {
      v128[address] = v128[at + 16];
      v128[address + 16] = v128[at + 32];
    }
    at = i32[at];
  }
  i32[machine.journal] = mark;
}

// A buffer for \`size\` bytes of return data; what was there is lost.
export fn returnBuffer(size: i32) -> i32 {
  if size > i32[machine.returnDataCapacity] {
    // Doubled, so that answers that grow bit by bit do not fill the heap.
    let capacity = i32[machine.returnDataCapacity] * 2;
    if capacity < size { capacity = (size + 4095) & -1024; }
    if capacity < size { exhausted(); }
    i32[machine.returnData] = allocate(capacity);
    i32[machine.returnDataCapacity] = capacity;
  }
  i32[machine.returnDataSize] = size;
  return i32[machine.returnData];
}
`;
