import fc from "fast-check";
import { expect, test } from "vitest";
import { portableCrypto } from "../../src/crypto/index.ts";
import { MemoryWorld, type PlainAccount } from "../../src/transition/memory-world.ts";
import { listRoot } from "../../src/transition/receipt.ts";
import { emptyTrieRoot, trieRoot } from "../../src/transition/trie-root.ts";

const keccak256 = (bytes: Uint8Array): Uint8Array => portableCrypto.keccak256(bytes);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

test("the trie of nothing has the root that everyone knows", () => {
  expect(trieRoot([], keccak256)).toEqual(emptyTrieRoot);
  expect(hex(emptyTrieRoot)).toBe(hex(keccak256(Uint8Array.of(0x80))));
});

test("the root depends on entries and not on their order", () => {
  const entries = fc.uniqueArray(
    fc.record({
      key: fc.uint8Array({ minLength: 3, maxLength: 3 }),
      value: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    }),
    { selector: ({ key }) => hex(key), minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(entries, fc.infiniteStream(fc.nat()), (list, random) => {
      const shuffled = list.toSorted(() => ((random.next().value as number) % 2) - 0.5);
      expect(trieRoot(shuffled, keccak256)).toEqual(trieRoot(list, keccak256));
      const [first, ...rest] = list;
      if (first === undefined) return;
      const changed = [{ ...first, value: Uint8Array.from([...first.value, 1]) }, ...rest];
      expect(trieRoot(changed, keccak256)).not.toEqual(trieRoot(list, keccak256));
    }),
  );
});

test("a list of 300 items has a root, and each item counts", () => {
  const items = Array.from({ length: 300 }, (_, index) => text(`item ${index}`));
  const root = listRoot(items, keccak256);
  for (const at of [0, 1, 127, 128, 299]) {
    const changed = items.map((item, index) => (index === at ? text("other") : item));
    expect(listRoot(changed, keccak256)).not.toEqual(root);
  }
});

test("a world that changed has the root of one that was made so", () => {
  const address = new Uint8Array(20).fill(7);
  const slot = new Uint8Array(32).fill(1);
  const value = new Uint8Array(32).fill(2);
  const nothing: PlainAccount = { address, nonce: 0n, balance: 1n, code: text(""), storage: [] };
  const before = MemoryWorld.of([nothing], keccak256);
  const account = { nonce: 1n, balance: 5n, codeHash: keccak256(text("")) };
  const original = new Uint8Array(32);
  const after = before.after({
    accounts: [{ address, account }],
    deleted: [],
    storage: [{ address, slot, original, value }],
  });
  const made = MemoryWorld.of(
    [{ ...nothing, nonce: 1n, balance: 5n, storage: [[slot, value]] }],
    keccak256,
  );
  expect(after.root()).toEqual(made.root());
  expect(before.root()).toEqual(MemoryWorld.of([nothing], keccak256).root());
  const gone = after.after({ accounts: [], deleted: [address], storage: [] });
  expect(gone.root()).toEqual(emptyTrieRoot);
});
