import { copyItem, isZero, storeZero } from "./pieces.ts";

/** Accounts of the execution. `accountAt` answers the entry of an address, loaded from the host once. */
export const accountSource: string = `
// The entry of the address in the item; not loaded where it is new.
export fn entryAt(item: i32) -> i32 {
  let a0 = i64[item];
  let a1 = i64[item + 8];
  let a2 = u32long[item + 16];
  let hash = finished(mixed(a0, a1, machine.seeds) + a2 * (i64[machine.seeds + 16] | 1));
  let buckets = i32[machine.accountTable];
  let mask = i32[machine.accountTable + 4];
  let generation = i32[machine.generation];
  let at = hash & mask;
  while i32[buckets + at * 8] == generation {
    let entry = i32[buckets + at * 8 + 4];
    if i64[entry + account.address] == a0 && i64[entry + account.address + 8] == a1
      && i64[entry + account.address + 16] == a2 { return entry; }
    at = (at + 1) & mask;
  }
  return newAccount(a0, a1, a2, hash);
}

fn newAccount(a0: i64, a1: i64, a2: i64, hash: i32) -> i32 {
  let entry = allocate(account.bytes);
  fill(entry, 0, account.bytes);
  i64[entry] = a0;
  i64[entry + 8] = a1;
  i64[entry + 16] = a2;
  i32[entry + account.hash] = hash;
  i32[entry + account.next] = i32[machine.accounts];
  i32[machine.accounts] = entry;
  if (a1 | a2) == 0 && a0 != 0 {
    if a0 <= i64[rule.precompilesMax] || (a0 == 0x100 && i64[rule.hasP256Verify] != 0) {
      i32[entry + account.precompile] = short(a0);
      i64[entry + account.flags] = accountFlags.warm;
    }
  }
  insert(machine.accountTable, hash, entry);
  return entry;
}

export fn accountAt(item: i32) -> i32 {
  let entry = entryAt(item);
  if i32[entry + account.loaded] == 0 {
    loadAccount(entry);
    i32[entry + account.loaded] = 1;
  }
  return entry;
}

// Marks the account as accessed, and answers what that costs beyond the price of a warm one.
fn access(entry: i32) -> i64 {
  if (i64[entry + account.flags] & accountFlags.warm) != 0 { return long(0); }
  setFlags(entry + account.flags, long(accountFlags.warm));
  return i64[price.accountColdSurcharge];
}

fn hasCode(entry: i32) -> i32 {
  return i64[entry + account.codeHash] != i64[constants.emptyHash]
    || i64[entry + account.codeHash + 8] != i64[constants.emptyHash + 8]
    || i64[entry + account.codeHash + 16] != i64[constants.emptyHash + 16]
    || i64[entry + account.codeHash + 24] != i64[constants.emptyHash + 24];
}

fn isEmpty(entry: i32) -> i32 {
  return i64[entry + account.nonce] == 0 && ${isZero("entry + account.balance")} && !hasCode(entry);
}

// Whether a call that moves value makes a new account: what counts as new is a matter of the fork.
fn isNew(entry: i32) -> i32 {
  if i64[rule.clearsEmptyAccounts] != 0 { return isEmpty(entry); }
  return (i64[entry + account.flags] & accountFlags.exists) == 0;
}

fn touch(entry: i32, hasValue: i32) {
  let flags = long(accountFlags.touched);
  if i64[rule.clearsEmptyAccounts] == 0 || hasValue { flags = long(accountFlags.touched | accountFlags.exists); }
  if i32[entry + account.precompile] == 3 && (i64[entry + account.flags] & accountFlags.exists) != 0 {
    if isEmpty(entry) { i32[machine.ripemdTouched] = entry; }
  }
  setFlags(entry + account.flags, flags);
}

// Moves the item \`value\`, which the sender has.
fn transfer(from: i32, to: i32, value: i32) {
  if ${isZero("value")} { return; }
  journalItem(from + account.balance);
  subtractItem(from + account.balance, value);
  journalItem(to + account.balance);
  addItem(to + account.balance, value);
}

fn addItem(a: i32, b: i32) {
  let carry = long(0);
  let i = 0;
  while i < 32 {
    let x = i64[a + i] + i64[b + i];
    let out = long(x < i64[b + i]);
    x = x + carry;
    carry = out | long(x < carry);
    i64[a + i] = x;
    i += 8;
  }
}

fn subtractItem(a: i32, b: i32) {
  let borrow = long(0);
  let i = 0;
  while i < 32 {
    let x = i64[a + i];
    let y = i64[b + i];
    i64[a + i] = x - y - borrow;
    borrow = long(x < y) | (long(x == y) & borrow);
    i += 8;
  }
}

fn setNonce(entry: i32, nonce: i64) {
  journalLong(entry + account.nonce);
  i64[entry + account.nonce] = nonce;
}

fn clearBalance(entry: i32) {
  journalItem(entry + account.balance);
  ${storeZero("entry + account.balance")}
}

fn setCode(entry: i32, object: i32) {
  journalItem(entry + account.codeHash);
  journalLong(entry + account.code);
  setFlags(entry + account.flags, long(accountFlags.codeSet));
  i64[entry + account.code] = long(object);
  ${copyItem("object + code.hash", "entry + account.codeHash")}
}
`;
