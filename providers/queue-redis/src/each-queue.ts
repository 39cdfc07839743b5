/** Does work queue by queue, at once for all, and answers in the order of the items. */
export async function eachQueue<Item extends { readonly queue: string }, Answer>(
  items: readonly Item[],
  work: (queue: string, own: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const groups = Map.groupBy(items, ({ queue }) => queue);
  const answers = new Map<Item, Answer>();
  await Promise.all(
    [...groups].map(async ([queue, own]) => {
      const given = await work(queue, own);
      for (const [index, item] of own.entries()) answers.set(item, given[index] as Answer);
    }),
  );
  return items.map((item) => answers.get(item) as Answer);
}
