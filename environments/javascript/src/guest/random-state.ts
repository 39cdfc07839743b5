import { raise } from "@bedplate/errors";

const mask = (1n << 64n) - 1n;

/** One step of xorshift64*, as `Math.random` of the engine takes. Source: Vigna, "xorshift*", 2014. */
function step(state: bigint): bigint {
  let x = state;
  x ^= x >> 12n;
  x ^= (x << 25n) & mask;
  return x ^ (x >> 27n);
}

/**
 * Finds where the engine keeps the state of `Math.random`: the only word that took one step of its
 * generator in each of two calls. So every run can be given chance of its own.
 */
export function findRandomState(
  before: Uint8Array,
  between: Uint8Array,
  after: Uint8Array,
): number {
  const [a, b, c] = [before, between, after].map(
    (each) => new BigUint64Array(each.slice().buffer),
  ) as [BigUint64Array, BigUint64Array, BigUint64Array];
  const found: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const [x, y, z] = [a[i], b[i], c[i]];
    if (x === undefined || y === undefined || x === y || x === 0n) continue;
    if (step(x) === y && step(y) === z) found.push(i * 8);
  }
  if (found.length === 1) return found[0] as number;
  throw raise("internal.bug", {
    op: "javascript.open",
    blame: "plugin",
    detail: { where: "findRandomState" },
    message: `Cannot prepare QuickJS: ${found.length} words look like the state of Math.random`,
  });
}
