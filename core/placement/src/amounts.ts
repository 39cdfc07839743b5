/** What machines take of a node: what each has, or all together. */
export interface Amounts {
  /** Thousandths of a core. */
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly machines: number;
}

/** How much a node may give away; a resource that is left out is not counted. */
export type Capacity = { readonly [R in keyof Amounts]?: number | undefined };

/** Every resource of a node. */
export const resources: readonly (keyof Amounts)[] = [
  "cpuMillis",
  "memoryMiB",
  "diskMiB",
  "machines",
];

export const nothing: Amounts = { cpuMillis: 0, memoryMiB: 0, diskMiB: 0, machines: 0 };

export function plus(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => x + y);
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => Math.max(0, x - y));
}

/** The first resource of which there is not enough left; undefined where all of it fits. */
export function lacking(
  capacity: Capacity,
  { used, size }: { readonly used: Amounts; readonly size: Amounts },
): keyof Amounts | undefined {
  return resources.find((each) => used[each] + size[each] > (capacity[each] ?? Infinity));
}

/** The largest part of any counted resource: 0 where nothing is counted. */
export function dominantShare(used: Amounts, capacity: Capacity): number {
  return Math.max(0, ...resources.map((each) => share(used[each], capacity[each])));
}

/** What several nodes have together; a resource that one of them does not count is not counted. */
export function together(all: readonly Capacity[]): Capacity {
  const sums = resources.map((each) => {
    const parts = all.map((capacity) => capacity[each]);
    const isCounted = parts.length > 0 && parts.every((part) => part !== undefined);
    return [each, isCounted ? parts.reduce((sum, part) => sum + part, 0) : undefined] as const;
  });
  return Object.fromEntries(sums.filter(([, sum]) => sum !== undefined));
}

function share(used: number, of: number | undefined): number {
  if (of === undefined || used === 0) return 0;
  return of === 0 ? 1 : used / of;
}

function combined(a: Amounts, b: Amounts, join: (x: number, y: number) => number): Amounts {
  return {
    cpuMillis: join(a.cpuMillis, b.cpuMillis),
    memoryMiB: join(a.memoryMiB, b.memoryMiB),
    diskMiB: join(a.diskMiB, b.diskMiB),
    machines: join(a.machines, b.machines),
  };
}
