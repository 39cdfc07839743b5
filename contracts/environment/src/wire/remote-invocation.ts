import type { Call } from "../call.ts";
import type { GuestEvent, Invocation, StateReader } from "../facets/invoke.ts";
import { ask } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { RunRequest } from "./facet-messages.ts";
import { loadKeysMax } from "./host-messages.ts";

/** Gives an invocation that came over a channel its functions back; each asks the host. */
export function toInvocation(
  request: Omit<RunRequest, "instance">,
  options: {
    readonly channel: Channel;
    readonly call: Call;
    readonly notify: (event: GuestEvent) => void;
  },
): Invocation {
  const { channel, call, notify } = options;
  const { run, invocation, hasReads, hasCalls, hasEvents } = request;
  return {
    ...invocation,
    ...(hasReads && { reads: new RemoteReads(channel, run) }),
    ...(hasCalls && {
      call: (asked) =>
        ask(channel, { operation: "CallGuest", message: { run, ...asked } }, { call }),
    }),
    ...(hasEvents && { onEvent: notify }),
  };
}

/** State of the host as a guest's driver reads it: what was loaded is resident for the run. */
class RemoteReads implements StateReader {
  readonly #channel: Channel;
  readonly #run: string;
  readonly #resident = new Map<string, Uint8Array | null>();

  constructor(channel: Channel, run: string) {
    this.#channel = channel;
    this.#run = run;
  }

  peek(key: Uint8Array): Uint8Array | null | undefined {
    return this.#resident.get(nameOf(key));
  }

  async load(keys: readonly Uint8Array[], call: Call): Promise<void> {
    for (let i = 0; i < keys.length; i += loadKeysMax) {
      const batch = keys.slice(i, i + loadKeysMax);
      const message = { run: this.#run, keys: batch };
      const { values } = await ask(this.#channel, { operation: "LoadState", message }, { call });
      for (const [n, key] of batch.entries()) {
        this.#resident.set(nameOf(key), values[n]?.value ?? null);
      }
    }
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
