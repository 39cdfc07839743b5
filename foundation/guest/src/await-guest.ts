import type { Fields } from "./fields.ts";
import { tooLate } from "./guest-fault.ts";
import type { GuestStream } from "./guest-stream.ts";

/** How long an asker waits, and what makes it stop waiting. */
export interface GuestCall {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the answer; by default 30,000. A stream that follows has no deadline of its own. */
  readonly deadlineMs?: number | undefined;
}

export const deadlineMsDefault = 30_000;

/**
 * Waits for what a stream promises, until the deadline or the abort; then the operation is given up.
 * Rejects with the fault of the operation, `deadline.exceeded`, or the reason of the signal.
 */
export async function awaitGuest<T>(
  stream: GuestStream,
  promise: Promise<T>,
  call: GuestCall,
): Promise<T> {
  const { signal, deadlineMs = deadlineMsDefault } = call;
  const giveUp = Promise.withResolvers<never>();
  const onAbort = () => giveUp.reject(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => giveUp.reject(tooLate(stream.asked, deadlineMs)), deadlineMs);
  try {
    return await Promise.race([promise, giveUp.promise]);
  } catch (error) {
    stream.cancel(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Gives the operation up when the signal aborts, for as long as it lasts. */
export function cancelOnAbort(stream: GuestStream, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const onAbort = () => stream.cancel(signal.reason);
  if (signal.aborted) {
    onAbort();
    return;
  }
  signal.addEventListener("abort", onAbort, { once: true });
  const forget = () => signal.removeEventListener("abort", onAbort);
  stream.end.then(forget, forget);
}

/**
 * Sends a body as the operation's input, piece by piece as the guest takes it, and then its end. When
 * the operation ends first, the body is let go without waiting for its next piece.
 */
export async function pour(stream: GuestStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  const ended = stream.end.then(noMore, noMore);
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), ended]);
      if (next.done === true) break;
      await stream.write(next.value);
    }
    if (!stream.isOver) stream.endInput();
  } catch (error) {
    stream.cancel(error);
  }
  // A source that is still waiting ends when it can.
  if (stream.isOver) void pieces.return?.().catch(() => undefined);
}

/** Reads the items of a stream to their end, or to the `max`th. */
export async function gather<T>(
  stream: GuestStream,
  options: { readonly max: number; readonly read: (item: Fields) => T },
): Promise<readonly T[]> {
  const found: T[] = [];
  while (found.length < options.max) {
    const item = await stream.items.next();
    if (item === undefined) return found;
    found.push(options.read(item));
  }
  stream.cancel(new Error("enough"));
  return found;
}

function noMore(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
