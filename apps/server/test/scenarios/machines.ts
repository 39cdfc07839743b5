import { existsSync, readdirSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessEventView } from "@bedplate/routes";
import { Bedplate, fromBytesView } from "@bedplate/sdk";
import { findFreePort, startPostgres } from "@bedplate/testkit";
import {
  type AgentProcess,
  type ServerProcess,
  startAgent,
  startServer,
} from "./server-process.ts";

/**
 * Who has the machines: the server itself, which keeps its state in a file; or an agent beside a server,
 * which share a database, and of which one or the other or both are killed.
 */
export type Topology = "server" | "agent";

/** What came of killing a server, and an agent, with running machines again and again. */
export interface MachinesReport {
  readonly topology: Topology;
  readonly machines: number;
  readonly kills: number;
  /** Machines whose counting process was not the same one at the end, or counted no more. */
  readonly lost: number;
  /** Streams that were followed over all kills, and of each that missed or repeated a number, how. */
  readonly streams: number;
  readonly broken: readonly string[];
  /** Machines that were made and deleted while servers died. */
  readonly churned: number;
  /** What still ran on the host when all were deleted. */
  readonly left: readonly string[];
  /** From the start of a server until every machine could be used again, the longest, in milliseconds. */
  readonly recoveredMsMax: number;
}

interface Counting {
  readonly id: string;
  readonly process: string;
}

/** Each step is a process of its own: at twenty a second, fifty machines would do nothing but that. */
const count = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.5; done";

/** Machines that count, and a server that is killed at random moments while others come and go. */
export async function machinesScenario(options: {
  readonly folder: string;
  readonly machines: number;
  readonly kills: number;
  readonly streams: number;
  readonly topology: Topology;
}): Promise<MachinesReport> {
  const { folder, machines, kills, streams, topology } = options;
  await chmod(folder, 0o711);
  const places = { stateFolder: join(folder, "state"), dataFolder: join(folder, "data") };
  await using postgres = topology === "agent" ? await startPostgres() : undefined;
  await using lives = new Lives(await configsOf(folder, { places, state: postgres?.url }));
  let server = await lives.next();
  const counting = await startCounting(server, machines);
  const over = new AbortController();
  const following = counting
    .slice(0, streams)
    .map((each) => followCount(server, { ...each, signal: over.signal }));
  const churn: string[] = [];
  let recoveredMsMax = 0;
  for (let kill = 0; kill < kills; kill++) {
    const over = new AbortController();
    const churning = churnOne(server, { churn, signal: over.signal });
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 950));
    await lives.killAny();
    over.abort();
    await churning;
    const startedMs = performance.now();
    server = await lives.next();
    await Promise.all(counting.map(({ id }) => server.client.machines.processes(id).list()));
    recoveredMsMax = Math.max(recoveredMsMax, performance.now() - startedMs);
  }
  const lost = await countLost(server, counting);
  over.abort();
  const broken = (await Promise.all(following)).filter((each) => each !== undefined);
  await deleteAll(server);
  await lives.end();
  const left = runningIn(join(places.stateFolder, "machines"));
  return {
    ...{ topology, machines, kills, lost, streams, broken, churned: churn.length, left },
    recoveredMsMax: Math.round(recoveredMsMax),
  };
}

/** What a server is started with, and an agent where there is one. */
interface Configs {
  readonly server: object;
  readonly serverSlots: readonly string[];
  readonly agent?: object | undefined;
}

async function configsOf(
  folder: string,
  parts: { readonly places: object; readonly state: string | undefined },
): Promise<Configs> {
  const { places, state } = parts;
  const environments = {
    container: { config: { ...places, processes: 32, diskBytes: 2 ** 25 } },
  };
  const server = {
    data: `file:${join(folder, "server")}`,
    listen: { port: await findFreePort() },
  };
  if (state === undefined)
    return { server: { ...server, environments }, serverSlots: ["container"] };
  const providers = { state, queue: state, blob: `file:${join(folder, "blobs")}` };
  const agent = {
    data: `file:${join(folder, "agent")}`,
    listen: { port: await findFreePort() },
    ...{ providers, environments },
  };
  const withoutNode = { ...server, providers, machines: { node: { isEnabled: false } } };
  return { server: withoutNode, serverSlots: ["javascript"], agent };
}

/** One life after the other, on the same data; none is left behind when something fails. */
class Lives implements AsyncDisposable {
  readonly #configs: Configs;
  #server: ServerProcess | undefined;
  #agent: AgentProcess | undefined;
  #isOver = false;

  constructor(configs: Configs) {
    this.#configs = configs;
  }

  /** Starts what was killed; the agent first, for the server asks for a slot that somebody has. */
  async next(): Promise<ServerProcess> {
    const { server, serverSlots, agent } = this.#configs;
    if (agent !== undefined) this.#agent ??= await startAgent(agent, { slots: ["container"] });
    this.#server ??= await startServer(server, { slots: serverSlots });
    return this.#server;
  }

  /** Kills the server; where there is an agent, the one or the other or both. */
  async killAny(): Promise<void> {
    const victims = ["server", "agent", "both"] as const;
    const victim =
      this.#agent === undefined ? "server" : victims[Math.floor(Math.random() * victims.length)];
    const [server, agent] = [this.#server, this.#agent];
    if (victim !== "agent") this.#server = undefined;
    if (victim !== "server") this.#agent = undefined;
    await Promise.all([victim !== "agent" && server?.kill(), victim !== "server" && agent?.kill()]);
  }

  async end(): Promise<void> {
    await this.#server?.stop();
    await this.#agent?.stop();
    this.#isOver = true;
  }

  /** Machines outlive whoever made them: also where something failed, none is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    await this.next()
      .then(deleteAll)
      .catch(() => {});
    await this.end();
  }
}

async function startCounting(server: ServerProcess, machines: number): Promise<Counting[]> {
  const counting: Counting[] = [];
  for (let made = 0; made < machines; made++) {
    const { id } = await server.client.machines.create({ waitMs: 30_000 });
    const process = await server.client.machines.processes(id).start(["/bin/sh", "-c", count]);
    counting.push({ id, process: process.id });
  }
  return counting;
}

/** Reads all that a process counts, over every kill; answers what was wrong where a number was missed. */
async function followCount(
  { url, key }: ServerProcess,
  options: Counting & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { id, process, signal } = options;
  const client = new Bedplate({ url, key });
  let text = "";
  try {
    for await (const event of client.machines.processes(id).output(process, { from: 0, signal })) {
      text += textOf(event);
    }
  } catch (error) {
    if (!signal.aborted) return String(error);
  }
  const numbers = text.split("\n").slice(0, -1).map(Number);
  if (numbers.length === 0) return "no number came";
  const wrong = numbers.findIndex((each, at) => each !== at + 1);
  return wrong === -1 ? undefined : `${numbers[wrong]} in place of ${wrong + 1}`;
}

/** A machine that is made, and deleted, while who keeps it may die at any moment. */
async function churnOne(
  { client }: ServerProcess,
  options: { readonly churn: string[]; readonly signal: AbortSignal },
): Promise<void> {
  const { churn, signal } = options;
  const labels = { is: "churn" };
  try {
    // What the life before made and did not come to delete goes first: it would pile up.
    const { machines } = await client.machines.list({ labels: "is=churn" });
    await Promise.all(machines.map(({ id }) => client.machines.delete(id)));
    while (!signal.aborted) {
      const { id } = await client.machines.create({ labels });
      churn.push(id);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      await client.machines.delete(id);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } catch {
    // The server died.
  }
}

async function countLost(
  { client }: ServerProcess,
  counting: readonly Counting[],
): Promise<number> {
  const isGood = await Promise.all(
    counting.map(async ({ id, process }) => {
      const machine = await client.machines.get(id);
      const found = await client.machines.processes(id).get(process);
      const first = await nextNumber(client, { id, process });
      const isSame = machine.state === "running" && machine.restarts === 0;
      return isSame && found.exit === undefined && first > 0;
    }),
  );
  return isGood.filter((each) => !each).length;
}

/** The next number that a process says; 0 where it says none. */
async function nextNumber(client: Bedplate, { id, process }: Counting): Promise<number> {
  const signal = AbortSignal.timeout(5_000);
  try {
    for await (const event of client.machines.processes(id).output(process, { signal })) {
      const number = Number.parseInt(textOf(event), 10);
      if (number > 0) return number;
    }
  } catch {
    // It says nothing any more.
  }
  return 0;
}

async function deleteAll({ client }: ServerProcess): Promise<void> {
  for (;;) {
    const { machines } = await client.machines.list({ limit: 200 });
    if (machines.length === 0) return;
    await Promise.all(machines.map(({ id }) => client.machines.delete(id, { waitMs: 30_000 })));
  }
}

function textOf({ data }: ProcessEventView): string {
  return data === undefined ? "" : Buffer.from(fromBytesView(data)).toString();
}

/** One that ended while nobody was there keeps its exit, for an hour; any other is an orphan. */
function runningIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((each) => !existsSync(join(folder, each, "exit")));
}
