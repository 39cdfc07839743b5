import fc from "fast-check";
import { expect, test } from "vitest";
import { compareNames, nameOf } from "../src/byte-name.ts";
import { type KeyChange, radixCommitment } from "../src/index.ts";

/** A tree in memory. */
class Tree {
  readonly nodes = new Map<string, Uint8Array>();
  root = radixCommitment.emptyRoot;
  reads = 0;

  async apply(changes: readonly KeyChange[]): Promise<string> {
    const sorted = [...changes].sort((a, b) => compareNames(nameOf(a.key), nameOf(b.key)));
    const step = await radixCommitment.update({
      root: this.root,
      changes: sorted,
      nodes: {
        get: async (key) => {
          this.reads++;
          return this.nodes.get(nameOf(key)) ?? null;
        },
      },
    });
    for (const { key, value } of step.nodes) {
      if (value === null) this.nodes.delete(nameOf(key));
      else this.nodes.set(nameOf(key), value);
    }
    this.root = step.root;
    return step.root;
  }
}

const key = fc.integer({ min: 0, max: 60 }).map((n) => Uint8Array.of(n));
const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: null, freq: 3 });
const step = fc.uniqueArray(fc.record({ key, value }), {
  maxLength: 12,
  selector: (change) => change.key[0],
});

test("the root and the nodes are those of the same state made at once, whatever the way there", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const grown = new Tree();
      const state = new Map<string, KeyChange>();
      for (const changes of steps) {
        await grown.apply(changes);
        for (const change of changes) state.set(nameOf(change.key), change);
      }
      const fresh = new Tree();
      await fresh.apply([...state.values()].filter((each) => each.value !== null));
      expect(grown.root).toBe(fresh.root);
      expect(sorted(grown.nodes)).toEqual(sorted(fresh.nodes));
    }),
    { numRuns: 300 },
  );
});

test("different states have different roots", async () => {
  const roots = new Set<string>();
  for (let bits = 0; bits < 64; bits++) {
    const tree = new Tree();
    const keys = [0, 1, 2, 3, 4, 5].filter((each) => (bits >> each) & 1);
    roots.add(
      await tree.apply(keys.map((each) => ({ key: Uint8Array.of(each), value: new Uint8Array() }))),
    );
  }
  expect(roots.size).toBe(64);
});

test("a change among many keys reads a path, not the tree", async () => {
  const tree = new Tree();
  const keyOf = (n: number) => new Uint8Array(Buffer.from(String(n)));
  await tree.apply(Array.from({ length: 20_000 }, (_, n) => ({ key: keyOf(n), value: keyOf(n) })));
  tree.reads = 0;
  await tree.apply([{ key: keyOf(77), value: null }]);
  expect(tree.reads).toBeLessThan(24);
});

function sorted(nodes: ReadonlyMap<string, Uint8Array>): readonly [string, string][] {
  return [...nodes]
    .map(([path, node]): [string, string] => [path, Buffer.from(node).toString("hex")])
    .sort(([a], [b]) => compareNames(a, b));
}
