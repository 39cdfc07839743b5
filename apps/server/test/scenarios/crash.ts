import { join } from "node:path";
import { encodeScript } from "@bedplate/environment-fake";
import { StateStore } from "@bedplate/state";
import { openSqliteState } from "@bedplate/state-sqlite";
import { countEnds, hasEnded } from "./run-ends.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** What came of killing a server again and again. */
export interface CrashReport {
  readonly accepted: number;
  readonly kills: number;
  /** Runs that had not ended when the last server was given its time. */
  readonly lost: number;
  /** Runs that exactly one commit ended. */
  readonly endedOnce: number;
  /** Runs that more than one commit ended. */
  readonly doubled: number;
}

/**
 * Submits runs to a server in a process of its own, kills it with SIGKILL at random moments, starts
 * it again on the same data folder, and at last looks at every run that was acknowledged.
 */
export async function crashScenario(options: {
  readonly folder: string;
  readonly kills: number;
  readonly runsPerLife: number;
}): Promise<CrashReport> {
  const { folder, kills, runsPerLife } = options;
  const config = { data: `file:${folder}`, listen: { port: 0 } };
  const accepted: string[] = [];
  for (let life = 0; life < kills; life++) {
    const server = await startServer(config);
    const submitting = submitMany(server, { count: runsPerLife, accepted });
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
    await server.kill();
    await submitting;
  }
  const server = await startServer(config);
  const isEnded = await Promise.all(accepted.map((id) => hasEnded(server.client, id)));
  await server.kill();
  const driver = await openSqliteState({ path: join(folder, "state.db") });
  await using state = new StateStore(driver, { namespace: "runs" });
  const ends = await countEnds(state);
  return {
    accepted: accepted.length,
    kills,
    lost: isEnded.filter((each) => !each).length,
    endedOnce: accepted.filter((id) => ends.get(id) === 1).length,
    doubled: accepted.filter((id) => (ends.get(id) ?? 0) > 1).length,
  };
}

/** Acknowledged ids are noted as the answers come; what the kill cuts off was not acknowledged. */
async function submitMany(
  { client }: ServerProcess,
  options: { readonly count: number; readonly accepted: string[] },
): Promise<void> {
  const artifact = encodeScript({
    steps: [
      { do: "sleep", ms: 20 },
      { do: "output", text: "x" },
    ],
  });
  await Promise.allSettled(
    Array.from({ length: options.count }, async () => {
      const { id } = await client.runs.submit({ slot: "fake", artifact });
      options.accepted.push(id);
    }),
  );
}
