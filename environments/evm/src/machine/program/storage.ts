import { copyItem, isZero, storeZero } from "./pieces.ts";

/** Storage and transient storage: slots by account and key. */
export const storageSource: string = `
fn slotHash(owner: i32, key: i32) -> i32 {
  return finished(mixed(i64[key], i64[key + 8], machine.seeds)
    + mixed(i64[key + 16], i64[key + 24], machine.seeds + 16)
    + (long(owner) + u32long[machine.seeds + 32]) * (i64[machine.seeds + 40] | 1));
}

fn findSlot(table: i32, owner: i32, key: i32, hash: i32) -> i32 {
  let buckets = i32[table];
  let mask = i32[table + 4];
  let generation = i32[machine.generation];
  let at = hash & mask;
  while i32[buckets + at * 8] == generation {
    let entry = i32[buckets + at * 8 + 4];
    if i32[entry + slot.account] == owner && i64[entry + slot.key] == i64[key]
      && i64[entry + slot.key + 8] == i64[key + 8] && i64[entry + slot.key + 16] == i64[key + 16]
      && i64[entry + slot.key + 24] == i64[key + 24] { return entry; }
    at = (at + 1) & mask;
  }
  return 0;
}

fn newSlot(table: i32, owner: i32, key: i32, hash: i32) -> i32 {
  let entry = allocate(slot.bytes);
  fill(entry, 0, slot.bytes);
  i32[entry + slot.account] = owner;
  i32[entry + slot.hash] = hash;
  ${copyItem("key", "entry + slot.key")}
  insert(table, hash, entry);
  return entry;
}

// The slot, perhaps not loaded.
export fn slotEntry(owner: i32, key: i32) -> i32 {
  let hash = slotHash(owner, key);
  let entry = findSlot(machine.slotTable, owner, key, hash);
  if entry != 0 { return entry; }
  entry = newSlot(machine.slotTable, owner, key, hash);
  i32[entry + slot.next] = i32[machine.slots];
  i32[machine.slots] = entry;
  return entry;
}

fn slotAt(owner: i32, key: i32) -> i32 {
  let entry = slotEntry(owner, key);
  if (i64[entry + slot.flags] & slotFlags.loaded) == 0 {
    if (i64[owner + account.flags] & accountFlags.created) == 0 { loadSlot(entry); }
    ${copyItem("entry + slot.value", "entry + slot.original")}
    i64[entry + slot.flags] = i64[entry + slot.flags] | slotFlags.loaded;
  }
  return entry;
}

fn journalSlot(entry: i32, serial: i32) {
  if i32[entry + slot.serial] == serial { return; }
  i32[entry + slot.serial] = serial;
  journalItem(entry + slot.value);
}

fn itemsEqual(a: i32, b: i32) -> i32 {
  return ((i64[a] ^ i64[b]) | (i64[a + 8] ^ i64[b + 8]) | (i64[a + 16] ^ i64[b + 16])
    | (i64[a + 24] ^ i64[b + 24])) == 0;
}

// Replaces the key at the top item by its value; answers the gas that is left.
export fn sload(gas: i64, sp: i32) -> i64 {
  let owner = i32[(sp & 0xffff0000) + frame.self];
  let entry = slotAt(owner, sp - 32);
  if (i64[entry + slot.flags] & slotFlags.warm) == 0 {
    gas -= i64[price.slotColdSurcharge];
    setFlags(entry + slot.flags, long(slotFlags.warm));
  }
  ${copyItem("entry + slot.value", "sp - 32")}
  return gas - i64[price.sload];
}

// Key on top, value below; takes neither off.
export fn sstore(gas: i64, sp: i32) -> i64 {
  let region = sp & 0xffff0000;
  if (i32[region + frame.flags] & frameFlags.isStatic) != 0 {
    return failureBase + failure.staticStateChange;
  }
  if gas <=s i64[price.sstoreSentry] { return failureBase; }
  let entry = slotAt(i32[region + frame.self], sp - 32);
  if (i64[entry + slot.flags] & slotFlags.warm) == 0 {
    gas -= i64[price.sstoreCold];
    setFlags(entry + slot.flags, long(slotFlags.warm));
  }
  let value = sp - 64;
  if i64[rule.isNetPricing] != 0 { gas -= netPrice(entry, value); }
  else { gas -= grossPrice(entry, value); }
  if gas <s 0 { return gas; }
  if !itemsEqual(entry + slot.value, value) {
    journalSlot(entry, i32[region + frame.serial]);
    ${copyItem("value", "entry + slot.value")}
  }
  return gas;
}

fn grossPrice(entry: i32, value: i32) -> i64 {
  let isClear = ${isZero("value")};
  if ${isZero("entry + slot.value")} {
    if isClear { return i64[price.sstoreReset]; }
    return i64[price.sstoreSet];
  }
  if isClear { refund(i64[price.sstoreClearRefund]); }
  return i64[price.sstoreReset];
}

fn refund(gas: i64) {
  i64[machine.refund] = i64[machine.refund] + gas;
}

fn netPrice(entry: i32, value: i32) -> i64 {
  if itemsEqual(entry + slot.value, value) { return i64[price.sstoreNoop]; }
  let isOriginalZero = ${isZero("entry + slot.original")};
  if itemsEqual(entry + slot.original, entry + slot.value) {
    if isOriginalZero { return i64[price.sstoreSet]; }
    if ${isZero("value")} { refund(i64[price.sstoreClearRefund]); }
    return i64[price.sstoreReset];
  }
  if !isOriginalZero {
    if ${isZero("entry + slot.value")} { refund(long(0) - i64[price.sstoreClearRefund]); }
    else if ${isZero("value")} { refund(i64[price.sstoreClearRefund]); }
  }
  if itemsEqual(entry + slot.original, value) {
    if isOriginalZero { refund(i64[price.sstoreSet] - i64[price.sstoreNoop]); }
    else { refund(i64[price.sstoreReset] - i64[price.sstoreNoop]); }
  }
  return i64[price.sstoreNoop];
}

// Replaces the key at the top item by its transient value.
export fn tload(sp: i32) {
  let owner = i32[(sp & 0xffff0000) + frame.self];
  let key = sp - 32;
  let entry = findSlot(machine.transientTable, owner, key, slotHash(owner, key));
  if entry == 0 { ${storeZero("key")} return; }
  ${copyItem("entry + slot.value", "key")}
}

export fn tstore(sp: i32) {
  let region = sp & 0xffff0000;
  let owner = i32[region + frame.self];
  let key = sp - 32;
  let hash = slotHash(owner, key);
  let entry = findSlot(machine.transientTable, owner, key, hash);
  if entry == 0 { entry = newSlot(machine.transientTable, owner, key, hash); }
  journalSlot(entry, i32[region + frame.serial]);
  ${copyItem("sp - 64", "entry + slot.value")}
}
`;
