import { openRig } from "../rig.ts";
import { type Chance, chanceOf, hostile } from "./chance.ts";
import { functionModule } from "./function-module.ts";

/** What came of sending broken requests and modules. */
export interface FuzzReport {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 500 or more, or refusals without a code or a pointer. */
  readonly bad: readonly string[];
  /** Runs that were stored for requests that were refused. */
  readonly leftBehind: number;
  /** Heap after a warm-up tenth and at the end, in MiB. */
  readonly heapMiB: readonly [number, number];
}

/** Sends mutated run requests, half of them with mutated modules, to a server with real environments. */
export async function fuzzScenario(options: {
  readonly requests: number;
  readonly seed: number;
}): Promise<FuzzReport> {
  const { requests, seed } = options;
  await using rig = await openRig({ slots: ["wasm"], config: { environments: {} } });
  const chance = chanceOf(seed);
  const statuses: Record<string, number> = {};
  const bad: string[] = [];
  let accepted = 0;
  let warm = 0;
  for (let i = 0; i < requests; i++) {
    if (i === Math.floor(requests / 10)) warm = heapMiB();
    const body = chance(2) === 0 ? brokenModule(chance) : brokenRequest(chance);
    const answer = await rig.fetch("/v1/runs", { method: "POST", body });
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    const value = (await answer.json()) as {
      fault?: { code?: string; detail?: { path?: string } };
    };
    if (answer.status === 201) accepted++;
    else if (answer.status >= 500 || typeof value.fault?.code !== "string")
      bad.push(`${answer.status} ${body.slice(0, 300)}`);
    else if (answer.status === 400 && typeof value.fault.detail?.path !== "string")
      bad.push(`no pointer: ${body.slice(0, 300)}`);
  }
  const end = heapMiB();
  const leftBehind = (await countRuns(rig)) - accepted;
  return { requests, statuses, bad: bad.slice(0, 5), leftBehind, heapMiB: [warm, end] };
}

/** The hand-made module with bytes changed, cut off or put in. */
function brokenModule(chance: Chance): string {
  let bytes = Array.from(functionModule());
  for (let i = 0; i <= chance(4); i++) {
    const at = chance(bytes.length);
    const kind = chance(4);
    if (kind === 0) bytes = bytes.slice(0, at + 1);
    else if (kind === 1) bytes.splice(at, 0, chance(256));
    else if (kind === 2) bytes.splice(at, 1);
    else bytes[at] = chance(256);
  }
  return JSON.stringify({
    slot: "wasm",
    artifact: { base64: Buffer.from(bytes).toString("base64") },
    entry: chance(8) === 0 ? "other" : "mix",
    args: chance(8) === 0 ? ["x", "9".repeat(40)] : ["1", "2"],
    budget: { fuel: 1_000_000, memoryBytes: 2 ** 24, wallMs: 1_000 },
    wait: true,
  });
}

/** A good request with members changed, taken away or put in, or its text cut. */
function brokenRequest(chance: Chance): string {
  const request: Record<string, unknown> = {
    slot: "wasm",
    artifact: { base64: Buffer.from(functionModule()).toString("base64") },
    entry: "mix",
    args: ["1", "2"],
    budget: { fuel: 1_000_000 },
    wait: true,
  };
  const names = [
    ...Object.keys(request),
    "name",
    "env",
    "stdin",
    "files",
    "input",
    "config",
    "priority",
    "labels",
    "constructor",
    "other",
  ];
  for (let i = 0; i <= chance(3); i++) {
    const name = names[chance(names.length)] ?? "other";
    if (chance(4) === 0) delete request[name];
    else request[name] = hostile[chance(hostile.length)];
  }
  const text = JSON.stringify(request);
  return chance(10) === 0 ? text.slice(0, chance(text.length)) : text;
}

async function countRuns({ client }: Awaited<ReturnType<typeof openRig>>): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await client.runs.list({ limit: 200, cursor });
    count += page.runs.length;
    cursor = page.next;
  } while (cursor !== undefined);
  return count;
}

function heapMiB(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}
