/** A stream of bytes that passes through, and what is to be known of it. */
export interface ByteFlow {
  readonly stream: ReadableStream<Uint8Array>;
  /** How many bytes have passed. */
  readonly bytes: number;
  /** Why it ended before its end, or undefined. */
  readonly refusal: unknown;
  /** Lets go of the source, if nobody read it to its end. */
  end(): Promise<void>;
}

export interface ByteFlowOptions {
  /** One byte more ends the stream with what `onOverflow` makes. */
  readonly bytesMax: number;
  readonly onOverflow: () => Error;
  /** Makes what the stream ends with when the source fails. Default: what the source threw. */
  readonly onFailure?: ((error: unknown) => unknown) | undefined;
  /** Waits for one read of the source. Default: as long as it takes. */
  readonly wait?: (<T>(read: Promise<T>) => Promise<T>) | undefined;
}

/** Lets bytes through one chunk at a time, as they are asked for, and not more than allowed. */
export function flow(source: ReadableStream<Uint8Array>, options: ByteFlowOptions): ByteFlow {
  const { bytesMax, onOverflow, onFailure = (error) => error, wait = (read) => read } = options;
  const reader = source.getReader();
  let [bytes, isOver] = [0, false];
  let refusal: unknown;
  const end = async (reason?: unknown) => {
    if (isOver) return;
    isOver = true;
    await reader.cancel(reason).catch(() => {});
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await wait(reader.read()).catch((error: unknown) => {
            throw onFailure(error);
          });
          if (done) {
            isOver = true;
            return controller.close();
          }
          bytes += value.length;
          if (bytes > bytesMax) throw onOverflow();
          controller.enqueue(value);
        } catch (error) {
          refusal = error;
          await end(error);
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    get bytes() {
      return bytes;
    },
    get refusal() {
      return refusal;
    },
    end: () => end(),
  };
}
