const intervalDefaultSeconds = 90;
const intervalMaxSeconds = 3600;

/** How often a stream shall say that it lives, as its client asked for. */
export function keepaliveMs(headers: Headers): number {
  const asked = Number(headers.get("keepalive-ping-interval") ?? "");
  const isFine = asked >= 1 && asked <= intervalMaxSeconds;
  return (isFine ? asked : intervalDefaultSeconds) * 1000;
}

/** The items, and between two that are further apart than `everyMs` a sign of life. */
export async function* withKeepalive<T>(
  items: AsyncIterable<T>,
  options: { readonly everyMs: number; readonly sign: T },
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let isDone = false;
  try {
    let next = iterator.next();
    for (;;) {
      const result = await within(next, options.everyMs);
      if (result === "late") {
        yield options.sign;
        continue;
      }
      if (result.done === true) break;
      yield result.value;
      next = iterator.next();
    }
    isDone = true;
  } finally {
    // A generator that still waits answers `return` only when its wait is over: nobody waits for that.
    if (!isDone) void iterator.return?.()?.catch(() => {});
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
