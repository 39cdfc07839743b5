import { poolName } from "./config.ts";
import type { Pool } from "./pools.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";

/** What the engine counts of one server. */
export interface ServerStats {
  readonly requests: number;
  readonly faults: number;
  /** Requests and streams that are open now. */
  readonly open: number;
  /** `UP`, `DOWN`, `DRAIN`, `MAINT`, maybe with more behind it. */
  readonly status: string;
}

/** What the engine counts of a pool, by slot. */
export async function readServerStats(
  socket: RuntimeSocket,
  pool: Pool,
): Promise<readonly ServerStats[]> {
  const text = await socket.ask([`show stat ${poolName(pool.index)} 4 -1`]);
  const [head = "", ...lines] = text.trim().split("\n");
  const names = head.replace(/^# /, "").split(",");
  return lines
    .map((line) => new Map(line.split(",").map((value, i) => [names[i] ?? "", value])))
    .toSorted((a, b) => slotOf(a) - slotOf(b))
    .map((row) => {
      const count = (name: string) => Number(row.get(name) ?? 0);
      return {
        requests: count("stot"),
        faults: count("hrsp_5xx") + count("econ") + count("eresp"),
        open: count("scur"),
        status: row.get("status") ?? "",
      };
    });
}

function slotOf(row: ReadonlyMap<string, string>): number {
  return Number((row.get("svname") ?? "s0").slice(1));
}
