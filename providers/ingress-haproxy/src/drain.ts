import type { DrainCount, Endpoint } from "@bedplate/ingress";
import type { Pool } from "./pools.ts";
import { slotName } from "./pools.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";
import { readServerStats } from "./server-stats.ts";
import { directSessions, endSessions } from "./sessions.ts";

/** Streams that are to end, and how to end them by force. */
export interface Drained {
  count(): Promise<number>;
  cut(): Promise<void>;
}

const lookEveryMs = 50;

/** Waits until no stream is left; cuts what is left at the deadline. */
export async function drainStreams(streams: Drained, deadlineMs: number): Promise<DrainCount> {
  const untilMs = performance.now() + deadlineMs;
  const before = await streams.count();
  for (let open = before; open > 0; open = await streams.count()) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) {
      await streams.cut();
      return { closed: Math.max(0, before - open), cut: open };
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, leftMs)));
  }
  return { closed: before, cut: 0 };
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

/** The streams to an endpoint without a pool. */
export function directStreams(socket: RuntimeSocket, endpoint: Endpoint): Drained {
  return {
    count: async () => (await directSessions(socket, endpoint)).length,
    cut: async () => endSessions(socket, await directSessions(socket, endpoint)),
  };
}
