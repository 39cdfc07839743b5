import { isFault, raise } from "@bedplate/errors";

/** Does work queue by queue, at once for all, and answers in the order of the items. */
export async function eachQueue<Item extends { readonly queue: string }, Answer>(
  items: readonly Item[],
  work: (queue: string, own: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = new Array(items.length);
  const groups = Map.groupBy(items.entries(), ([, { queue }]) => queue);
  const outcomes = await Promise.allSettled(
    [...groups].map(async ([queue, entries]) => {
      const given = await work(
        queue,
        entries.map(([, item]) => item),
      );
      for (const [at, [index]] of entries.entries()) answers[index] = given[at] as Answer;
    }),
  );
  throwTogether(outcomes);
  return answers;
}

/** One fault for all: only when nothing happened anywhere may it say so. */
function throwTogether(outcomes: readonly PromiseSettledResult<void>[]): void {
  const reasons = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  if (reasons.length === 0) return;
  const [cause] = reasons;
  const isNothing = reasons.every((each) => isFault(each) && each.fault.effect === "none");
  if (outcomes.length === 1 || (isNothing && reasons.length === outcomes.length)) throw cause;
  throw raise("provider.indeterminate", {
    op: isFault(cause) ? cause.fault.op : "queue.settle",
    detail: { provider: "redis" },
    message: "Cannot tell which leases were settled: some of their queues did not answer",
    cause,
  });
}
