import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { encodeScript } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { StateStore, textOfKey } from "@bedplate/state";
import { openSqliteState } from "@bedplate/state-sqlite";

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

interface Server {
  readonly child: ChildProcess;
  readonly client: Bedplate;
}

/** How long the last server gets to end what was accepted. */
const settleMs = 60_000;

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
  const accepted: string[] = [];
  for (let life = 0; life < kills; life++) {
    const server = await startServer(folder);
    const submitting = submitMany(server, { count: runsPerLife, accepted });
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
    await kill(server);
    await submitting;
  }
  const server = await startServer(folder);
  const isEnded = await Promise.all(accepted.map((id) => hasEnded(server, id)));
  await kill(server);
  const ends = await countEnds(folder);
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
  { client }: Server,
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

/** Whether the run ends as it must within the time. */
async function hasEnded({ client }: Server, id: string): Promise<boolean> {
  const deadline = Date.now() + settleMs;
  while (Date.now() < deadline) {
    const run = await client.runs.get(id, { waitMs: 5_000 });
    if (run.phase === "done") return run.outcome?.kind === "returned";
    if (run.phase !== "queued" && run.phase !== "running") return false;
  }
  return false;
}

/** How many commits ended each run, over all lives: the store's own history tells. */
async function countEnds(folder: string): Promise<ReadonlyMap<string, number>> {
  const driver = await openSqliteState({ path: join(folder, "state.db") });
  await using state = new StateStore(driver, { namespace: "runs" });
  const ends = new Map<string, number>();
  const head = await state.head();
  for await (const { revision, changes } of state.watch({ after: 0 })) {
    for (const { key, entry } of changes) {
      if (entry === null || !textOfKey(key).startsWith("run/")) continue;
      const run = JSON.parse(textOfKey(entry.value)) as { id: string; phase: string };
      if (run.phase === "done") ends.set(run.id, (ends.get(run.id) ?? 0) + 1);
    }
    if (revision >= head) break;
  }
  return ends;
}

async function startServer(folder: string): Promise<Server> {
  const main = fileURLToPath(new URL("fake-server.ts", import.meta.url));
  const child = spawn(process.execPath, [main, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { url, key } = JSON.parse(line) as { url: string; key: string };
    return { child, client: new Bedplate({ url, key, retriesMax: 0 }) };
  }
  throw new Error("The server ended before it was ready");
}

async function kill({ child }: Server): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
