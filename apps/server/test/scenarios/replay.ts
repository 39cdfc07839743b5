import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Bedplate } from "@bedplate/sdk";
import { functionModule } from "./function-module.ts";

/** What came of replaying recorded runs in another process. */
export interface ReplayReport {
  readonly runs: number;
  readonly same: number;
  readonly bySlot: Readonly<Record<string, number>>;
}

interface Server {
  readonly child: ChildProcess;
  readonly client: Bedplate;
}

/** Records runs of Wasm and JavaScript on one server, and replays them on another process's. */
export async function replayScenario(options: {
  readonly folder: string;
  readonly runs: number;
}): Promise<ReplayReport> {
  const { folder, runs } = options;
  const first = await startServer(folder);
  const recorded = await inBatches(runs, (index) => record(first, index));
  await stop(first);
  const second = await startServer(folder);
  try {
    const replays = await inBatches(runs, (index) => {
      const id = recorded[index]?.id ?? "";
      return second.client.runs.replay(id);
    });
    const bySlot: Record<string, number> = {};
    for (const { slot } of recorded) bySlot[slot] = (bySlot[slot] ?? 0) + 1;
    return { runs: recorded.length, same: replays.filter((each) => each.isSame).length, bySlot };
  } finally {
    await stop(second);
  }
}

/** Every fourth run is JavaScript that looks at its clock and its chance; the rest call a function. */
function record(
  { client }: Server,
  index: number,
): Promise<{ readonly id: string; readonly slot: string }> {
  if (index % 4 === 0) {
    const source = `console.log(${index}, Date.now(), Math.random(), crypto.randomUUID(), [...Array(50)].reduce((a, _, i) => a + i, 0))`;
    return client.runs.submit({
      slot: "javascript",
      artifact: source,
      name: "replay.js",
      wait: true,
    });
  }
  const args = [String(index), String(index * 7)];
  return client.runs.submit({
    slot: "wasm",
    artifact: functionModule(),
    entry: "mix",
    args,
    wait: true,
  });
}

async function inBatches<T>(
  count: number,
  work: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  const batch = 16;
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    results.push(...(await Promise.all(Array.from({ length: size }, (_, i) => work(start + i)))));
  }
  return results;
}

async function startServer(folder: string): Promise<Server> {
  const main = fileURLToPath(new URL("real-server.ts", import.meta.url));
  const child = spawn(process.execPath, [main, folder], { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, key } = JSON.parse(line) as { url: string; key: string };
    return { child, client: new Bedplate({ url, key, retriesMax: 0 }) };
  }
  throw new Error("The server ended before it was ready");
}

/** The server closes when its standard input does. */
async function stop({ child }: Server): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  await gone;
}
