import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { encodeScript } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";

/** What came of killing a server again and again. */
export interface CrashReport {
  readonly accepted: number;
  readonly kills: number;
  /** Runs that had not ended when the last server was given its time. */
  readonly lost: number;
  /** Runs whose record shows more than one end. */
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
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 400));
    await kill(server);
    await submitting;
  }
  const server = await startServer(folder);
  try {
    const ends = await Promise.all(accepted.map((id) => endOf(server, id)));
    const lost = ends.filter((each) => each === undefined).length;
    const doubled = ends.filter((each) => each !== undefined && each > 1).length;
    return { accepted: accepted.length, kills, lost, doubled };
  } finally {
    await kill(server);
  }
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

/** How often the run ended, as its record says: once, or undefined where it did not. */
async function endOf({ client }: Server, id: string): Promise<number | undefined> {
  const deadline = Date.now() + settleMs;
  while (Date.now() < deadline) {
    const run = await client.runs.get(id, { waitMs: 5_000 });
    if (run.phase === "done" && run.outcome?.kind === "returned") return 1;
    if (run.phase !== "queued" && run.phase !== "running") return undefined;
  }
  return undefined;
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
