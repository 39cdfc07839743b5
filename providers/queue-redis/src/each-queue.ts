/** Does work queue by queue, at once for all, and answers in the order of the items. */
export async function eachQueue<Item extends { readonly queue: string }, Answer>(
  items: readonly Item[],
  work: (queue: string, own: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = new Array(items.length);
  const groups = Map.groupBy(items.entries(), ([, { queue }]) => queue);
  await Promise.all(
    [...groups].map(async ([queue, entries]) => {
      const given = await work(
        queue,
        entries.map(([, item]) => item),
      );
      for (const [at, [index]] of entries.entries()) answers[index] = given[at] as Answer;
    }),
  );
  return answers;
}
