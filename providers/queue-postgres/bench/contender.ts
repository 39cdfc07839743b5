/** A queue as the benchmark drives it: each call is durable when it is answered. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  enqueue(text: string): Promise<unknown>;
  enqueueMany(texts: readonly string[]): Promise<unknown>;
  /** Takes jobs one at a time and finishes each, until none is left. */
  drain(workers: number): Promise<void>;
}

/** Runs the same loop several times at once, until it answers that nothing is left. */
export async function loops(
  count: number,
  step: (index: number) => Promise<boolean>,
): Promise<void> {
  const loop = async (index: number) => {
    while (await step(index));
  };
  await Promise.all(Array.from({ length: count }, (_, index) => loop(index)));
}
