import type { DrainCount, Endpoint } from "@bedplate/ingress";
import { type Pool, slotName } from "./pools.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";
import { readServerStats } from "./server-stats.ts";
import { directSessions, endSessions } from "./sessions.ts";

/** Streams that are to end, and how to end them by force. */
export interface Drained {
  count(): Promise<number>;
  cut(): Promise<void>;
}

const lookEveryMs = 50;

/** Sends nothing new, and waits until no stream is left; cuts what is left at the deadline. */
export async function drainStreams(
  streams: Drained,
  { deadlineMs, begin }: { readonly deadlineMs: number; readonly begin: () => Promise<void> },
): Promise<DrainCount> {
  const untilMs = performance.now() + deadlineMs;
  const before = await streams.count();
  await begin();
  for (let open = await streams.count(); open > 0; open = await streams.count()) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) {
      await streams.cut();
      return { closed: Math.max(0, before - open), cut: open };
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, leftMs)));
  }
  return { closed: before, cut: 0 };
}

/** Streams of several places as one. */
export function allStreams(places: readonly Drained[]): Drained {
  return {
    async count() {
      const counts = await Promise.all(places.map((each) => each.count()));
      return counts.reduce((sum, each) => sum + each, 0);
    },
    async cut() {
      await Promise.all(places.map((each) => each.cut()));
    },
  };
}

/** The streams of a backend in a pool. */
export function poolStreams(socket: RuntimeSocket, pool: Pool, backend: string): Drained {
  const slots = pool.servers.flatMap((server, slot) => (server?.backend === backend ? [slot] : []));
  return {
    async count() {
      const stats = await readServerStats(socket, pool);
      return slots.reduce((sum, slot) => sum + (stats[slot]?.open ?? 0), 0);
    },
    async cut() {
      await socket.ask(slots.map((slot) => `shutdown sessions server ${slotName(pool, slot)}`));
    },
  };
}

/** The streams to endpoints from a time when the route needed no pool. */
export function directStreams(socket: RuntimeSocket, endpoints: readonly Endpoint[]): Drained {
  return {
    count: async () => (await directSessions(socket, endpoints)).length,
    cut: async () => endSessions(socket, await directSessions(socket, endpoints)),
  };
}
