import type { Chunk } from "./file-messages.ts";

/** Largest part of a stream of bytes in one message. */
export const chunkBytesMax: number = 64 * 1024;

/** Cuts a stream of bytes into messages. */
export async function* toChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Chunk> {
  for await (const data of stream) {
    for (let offset = 0; offset < data.length; offset += chunkBytesMax) {
      yield { data: data.subarray(offset, offset + chunkBytesMax) };
    }
  }
}

/** Makes a stream of bytes from messages; cancelling it ends the messages. */
export function fromChunks(chunks: AsyncIterable<Chunk>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value.data);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The same items, with the first one fetched: a source that fails at once does so here. */
export async function primed<T>(items: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = items[Symbol.asyncIterator]();
  let first: IteratorResult<T> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const result = first;
        first = undefined;
        return result === undefined ? iterator.next() : Promise.resolve(result);
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
