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

/** Sends a body as the operation's input, piece by piece as the guest takes it, and then its end. */
export async function pour(stream: GuestStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) await stream.write(chunk);
    stream.endInput();
  } catch (error) {
    if (!stream.isOver) stream.cancel(error);
  }
}
