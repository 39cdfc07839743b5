import fc from "fast-check";
import { expect, test } from "vitest";
import { patriciaCommitment } from "../../src/commitment/patricia-commitment.ts";
import { sharedCrypto } from "../../src/crypto/shared-crypto.ts";
import { accountKey, encodeAccount, slotKey } from "../../src/environment/state-keys.ts";
import { hexOfBytes, packed, trimmed, wordOfNumber } from "../../src/transition/bytes.ts";
import { MemoryWorld, type PlainAccount } from "../../src/transition/memory-world.ts";

const { keccak256 } = await sharedCrypto();

interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A trie in memory. */
class Trie {
  readonly nodes = new Map<string, Uint8Array>();
  root = patriciaCommitment.emptyRoot;
  reads = 0;

  async apply(changes: readonly Change[]): Promise<string> {
    const get = async (key: Uint8Array) => {
      this.reads++;
      return this.nodes.get(packed(key)) ?? null;
    };
    const step = await patriciaCommitment.update({ root: this.root, changes, nodes: { get } });
    for (const { key, value } of step.nodes) {
      if (value === null) this.nodes.delete(packed(key));
      else this.nodes.set(packed(key), value);
    }
    this.root = step.root;
    return step.root;
  }
}

function addressOf(n: number): Uint8Array {
  return wordOfNumber(BigInt(n) + 1n).subarray(12);
}

const emptyHash = keccak256(new Uint8Array());

const account = fc.record({
  address: fc.integer({ min: 0, max: 40 }).map(addressOf),
  nonce: fc.option(fc.bigInt({ min: 0n, max: 3n }), { nil: null, freq: 4 }),
});
const slot = fc.record({
  address: fc.integer({ min: 0, max: 6 }).map(addressOf),
  slot: fc.bigInt({ min: 0n, max: 30n }).map(wordOfNumber),
  value: fc.bigInt({ min: 0n, max: 300n }),
});
const step = fc.record({
  accounts: fc.uniqueArray(account, { maxLength: 8, selector: ({ address }) => packed(address) }),
  slots: fc.uniqueArray(slot, {
    maxLength: 8,
    selector: (each) => packed(each.address) + packed(each.slot),
  }),
});

function changesOf({
  accounts,
  slots,
}: {
  readonly accounts: readonly { readonly address: Uint8Array; readonly nonce: bigint | null }[];
  readonly slots: readonly {
    readonly address: Uint8Array;
    readonly slot: Uint8Array;
    readonly value: bigint;
  }[];
}): readonly Change[] {
  const all = [
    ...accounts.map(({ address, nonce }) => ({
      key: accountKey(address),
      value: nonce === null ? null : encodeAccount({ nonce, balance: 7n, codeHash: emptyHash }),
    })),
    ...slots.map(({ address, slot: key, value }) => ({
      key: slotKey(address, key),
      value: value === 0n ? null : trimmed(wordOfNumber(value)),
    })),
  ];
  return all.sort((a, b) => Buffer.compare(a.key, b.key));
}

/** The root that the engines' own world computes in one pass. */
function rootOf(state: ReadonlyMap<string, Change>): string {
  const accounts: PlainAccount[] = [];
  for (const { key, value } of state.values()) {
    if (key.length !== 21 || value === null) continue;
    const address = key.subarray(1);
    const storage = [...state.values()]
      .filter((each) => each.key.length === 53 && each.value !== null)
      .filter((each) => packed(each.key.subarray(1, 21)) === packed(address))
      .map((each) => [each.key.subarray(21), wordOf(each.value as Uint8Array)] as const);
    const nonce = [0n, 1n, 2n, 3n].find((n) => {
      const encoded = encodeAccount({ nonce: n, balance: 7n, codeHash: emptyHash });
      return packed(encoded) === packed(value);
    }) as bigint;
    accounts.push({ address, nonce, balance: 7n, code: new Uint8Array(), storage });
  }
  return `0x${hexOfBytes(MemoryWorld.of(accounts, keccak256).root())}`;
}

function wordOf(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(32);
  word.set(bytes, 32 - bytes.length);
  return word;
}

test("the root after any steps is that of the whole state, and the nodes are those of the way at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const grown = new Trie();
      const state = new Map<string, Change>();
      for (const each of steps) {
        const changes = changesOf(each);
        const root = await grown.apply(changes);
        for (const change of changes) {
          if (change.value === null) state.delete(packed(change.key));
          else state.set(packed(change.key), change);
        }
        expect(root).toBe(rootOf(state));
      }
      const fresh = new Trie();
      const all = [...state.values()].sort((a, b) => Buffer.compare(a.key, b.key));
      expect(await fresh.apply(all)).toBe(grown.root);
      expect(fresh.nodes).toEqual(grown.nodes);
    }),
    { numRuns: 200 },
  );
});

test("a step costs its changes and not the state", async () => {
  const trie = new Trie();
  const many = Array.from({ length: 5_000 }, (_, n) => ({ address: addressOf(n), nonce: 1n }));
  await trie.apply(changesOf({ accounts: many, slots: [] }));
  trie.reads = 0;
  await trie.apply(changesOf({ accounts: [{ address: addressOf(77), nonce: 2n }], slots: [] }));
  expect(trie.reads).toBeLessThan(12);
});

test("a key of another kind is part of the root", async () => {
  const trie = new Trie();
  const key = Buffer.from("anything");
  const first = await trie.apply([{ key, value: Uint8Array.of(1) }]);
  const second = await trie.apply([{ key, value: Uint8Array.of(2) }]);
  expect(new Set([first, second, patriciaCommitment.emptyRoot]).size).toBe(3);
  expect(await trie.apply([{ key, value: null }])).toBe(patriciaCommitment.emptyRoot);
});
