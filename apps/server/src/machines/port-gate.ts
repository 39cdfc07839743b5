/** Longest wait until requests that go on have ended, before a machine is moved under them. */
const hushMs = 30_000;

interface Door {
  /** Requests that go on. */
  open: number;
  /** Resolves when requests may come in again; undefined while they may. */
  shut: PromiseWithResolvers<void> | undefined;
  onIdle: () => void;
}

/** Counts the requests that go on to each machine, and keeps others back while it is moved. */
export class PortGate {
  readonly #doors = new Map<string, Door>();

  /** Waits while the machine is being moved, then counts until the answer is disposed. */
  async enter(id: string, signal: AbortSignal): Promise<Disposable> {
    for (let door = this.#doors.get(id); door?.shut !== undefined; door = this.#doors.get(id)) {
      await untilShutIsOver(door.shut.promise, signal);
    }
    const door = this.#doorOf(id);
    door.open++;
    let isIn = true;
    const leave = () => {
      if (!isIn) return;
      isIn = false;
      door.open--;
      if (door.open === 0) door.onIdle();
      this.#forgetIdle(id, door);
    };
    return { [Symbol.dispose]: leave };
  }

  /** Lets nobody in, and answers when those who are in have left, or have taken too long. */
  async hush(id: string): Promise<Disposable> {
    const door = this.#doorOf(id);
    const shut = Promise.withResolvers<void>();
    door.shut = shut;
    if (door.open > 0) {
      const idle = Promise.withResolvers<void>();
      door.onIdle = idle.resolve;
      const timer = setTimeout(idle.resolve, hushMs);
      await idle.promise;
      clearTimeout(timer);
    }
    const open = () => {
      door.shut = undefined;
      door.onIdle = () => {};
      shut.resolve();
      this.#forgetIdle(id, door);
    };
    return { [Symbol.dispose]: open };
  }

  #doorOf(id: string): Door {
    const door = this.#doors.get(id) ?? { open: 0, shut: undefined, onIdle: () => {} };
    this.#doors.set(id, door);
    return door;
  }

  #forgetIdle(id: string, door: Door): void {
    if (door.open === 0 && door.shut === undefined) this.#doors.delete(id);
  }
}

async function untilShutIsOver(shut: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([shut, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
