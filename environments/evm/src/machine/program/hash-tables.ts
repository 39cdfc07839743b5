/**
 * Tables by open addressing. A bucket is {generation, entry}; a bucket of another generation is free, so
 * that a reset is one increment. The hash is NH (UMAC, RFC 4418) with secret keys, so that a contract
 * cannot choose keys that collide.
 */
export const hashTableSource: string = `
fn mixed(a: i64, b: i64, seeds: i32) -> i64 {
  return ((a & 0xffffffff) + u32long[seeds]) * ((a >> 32) + u32long[seeds + 4])
    + ((b & 0xffffffff) + u32long[seeds + 8]) * ((b >> 32) + u32long[seeds + 12]);
}

fn finished(sum: i64) -> i32 {
  return short((sum ^ (sum >> 32)) * (i64[machine.seeds + 48] | 1) >> 32);
}

// Enters what is not there yet; a table is at most half full.
fn insert(table: i32, hash: i32, entry: i32) {
  let count = i32[table + 8] + 1;
  i32[table + 8] = count;
  if count * 2 > i32[table + 4] { growTable(table); }
  place(i32[table], i32[table + 4], hash, entry);
}

fn place(buckets: i32, mask: i32, hash: i32, entry: i32) {
  let generation = i32[machine.generation];
  let at = hash & mask;
  while i32[buckets + at * 8] == generation { at = (at + 1) & mask; }
  i32[buckets + at * 8] = generation;
  i32[buckets + at * 8 + 4] = entry;
}

// Entries keep their hash: of accounts and slots at different places.
fn growTable(table: i32) {
  let mask = i32[table + 4];
  let old = i32[table];
  let grown = allocate((mask + 1) * 16);
  fill(grown, 0, (mask + 1) * 16);
  let generation = i32[machine.generation];
  let hashOffset = select(table == machine.accountTable, account.hash, slot.hash);
  let at = 0;
  while at <= mask {
    if i32[old + at * 8] == generation {
      let entry = i32[old + at * 8 + 4];
      place(grown, mask * 2 + 1, i32[entry + hashOffset], entry);
    }
    at += 1;
  }
  i32[table] = grown;
  i32[table + 4] = mask * 2 + 1;
}
`;
