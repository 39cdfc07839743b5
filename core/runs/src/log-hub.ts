import type { GuestEvent } from "@bedplate/environment";

/** Events of one run while it executes here. */
export interface LiveLog {
  write(event: GuestEvent): void;
  /** Followers get what is left, and end. */
  end(): void;
}

interface Channel {
  readonly events: GuestEvent[];
  isOver: boolean;
  wake: (() => void)[];
}

/** What runs on this replica say, while they say it. The output budget bounds what is held. */
export class LogHub {
  readonly #channels = new Map<string, Channel>();

  /** Opens the log of a run that starts; a retry starts it anew. */
  open(runId: string): LiveLog {
    const channel: Channel = { events: [], isOver: false, wake: [] };
    this.#channels.get(runId)?.wake.forEach((each) => {
      each();
    });
    this.#channels.set(runId, channel);
    return {
      write: (event) => {
        channel.events.push(event);
        wakeAll(channel);
      },
      end: () => {
        channel.isOver = true;
        wakeAll(channel);
        if (this.#channels.get(runId) === channel) this.#channels.delete(runId);
      },
    };
  }

  /** True while the run executes here. */
  has(runId: string): boolean {
    return this.#channels.has(runId);
  }

  /** Events from the beginning until the run's attempt ends. */
  async *follow(runId: string, signal: AbortSignal): AsyncGenerator<GuestEvent, void, void> {
    const channel = this.#channels.get(runId);
    if (channel === undefined) return;
    for (let next = 0; !signal.aborted; ) {
      const event = channel.events[next];
      if (event !== undefined) {
        next++;
        yield event;
      } else if (channel.isOver) return;
      else await nextWrite(channel, signal);
    }
  }
}

function wakeAll(channel: Channel): void {
  const waiting = channel.wake;
  channel.wake = [];
  for (const wake of waiting) wake();
}

function nextWrite(channel: Channel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      // A follower waits once for each event: what it leaves on its signal would pile up.
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const onAbort = () => {
      channel.wake = channel.wake.filter((each) => each !== wake);
      resolve();
    };
    channel.wake.push(wake);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
