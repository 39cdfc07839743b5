import { existsSync, readdirSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import type { MachineView } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";
import { eventually, findFreePort, startPostgres } from "@bedplate/testkit";
import { type AgentProcess, startAgent, startServer } from "./server-process.ts";
import { type NamedHost, openHost } from "./two-hosts.ts";

/** What came of two agents that share the work of one server. */
export interface NodesReport {
  /** Machines of each node before anything happened. */
  readonly shared: Readonly<Record<string, number>>;
  /** While one node was drained: requests through the ingress, and those that were not answered as they should be. */
  readonly requests: number;
  readonly lost: readonly string[];
  /** From the drain until the node had drained, in milliseconds. */
  readonly drainMs: number;
  /** The longest that one request waited meanwhile. */
  readonly waitMsMax: number;
  /** Files of moved machines that were not as they had been. */
  readonly changed: number;
  /** After one agent was killed: machines that failed, and those that run on the other node. */
  readonly failed: number;
  readonly movedOn: number;
  /** Instances of the node that was lost: when it came back, and a moment later. */
  readonly fenced: number;
  readonly orphans: number;
  /** What still ran on the hosts when all were deleted. */
  readonly left: readonly string[];
}

const port = 8_080;
/** Answers each request with the file that says who it is; one at a time, as small servers do. */
const service = `
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalPort => ${port}, Listen => 64, ReuseAddr => 1) or die;
while (my $c = $s->accept) {
  while (my $l = <$c>) { last if $l =~ /^\\r?$/ }
  open(my $f, "<", "/tmp/name"); my $n = <$f>; close $f;
  print $c "HTTP/1.1 200 OK\\r\\nContent-Length: " . length($n) . "\\r\\nConnection: close\\r\\n\\r\\n$n";
  close $c;
}`;

/** Two agents in network namespaces share machines; one is drained under load, the other is killed. */
export async function nodesScenario(options: {
  readonly folder: string;
  readonly machines: number;
  readonly clients: number;
}): Promise<NodesReport> {
  const { folder, machines, clients } = options;
  await chmod(folder, 0o711);
  await using postgres = await startPostgres();
  const statePort = Number(new URL(postgres.url).port);
  await using one = await openHost("one", { at: 1, port: statePort });
  await using two = await openHost("two", { at: 2, port: statePort });
  await using agents = new Agents(folder, postgres.url);
  await using stack = new AsyncDisposableStack();
  const ingress = `proxy://127.0.0.1:${await findFreePort()}`;
  const server = await startServer(
    {
      ...shared(folder, postgres.url),
      data: `file:${join(folder, "server")}`,
      providers: { ...shared(folder, postgres.url).providers, ingress },
      machines: { ...placement, node: { isEnabled: false } },
    },
    { slots: ["javascript"] },
  );
  stack.defer(() => server.stop());
  const { client } = server;
  // Machines outlive their agents: also where something fails, none is left.
  stack.defer(() => deleteAll(client).catch(() => {}));
  await agents.start("one", one);
  await agents.start("two", two);
  const made = await makeMachines(client, machines);
  const sharedBy = countBy(made);
  const drained = await drainUnderLoad(client, { made, clients });
  await client.nodes.undrain("one");
  await spreadAgain(client, made);
  await agents.kill("two");
  const lostOnes = await afterLoss(client, "two");
  const fenced = agents.running("two").length;
  await agents.start("two", two);
  await eventually("it ends what is not its own", () => agents.running("two").length === 0, {
    timeoutMs: 30_000,
  });
  const orphans = agents.running("two").length;
  await deleteAll(client);
  await agents.stop();
  const left = [...agents.running("one"), ...agents.running("two")];
  return { shared: sharedBy, ...drained, ...lostOnes, fenced, orphans, left };
}

const placement = {
  placement: { lostMs: 5_000 },
  slot: "container",
};

function shared(folder: string, state: string) {
  return {
    listen: { port: 0 },
    providers: { state, queue: state, blob: `file:${join(folder, "blobs")}` },
  };
}

/** The agents of the two hosts, each on its own data. */
class Agents implements AsyncDisposable {
  readonly #folder: string;
  readonly #state: string;
  readonly #running = new Map<string, AgentProcess>();

  constructor(folder: string, state: string) {
    this.#folder = folder;
    this.#state = state;
  }

  async start(name: string, { namespace, address, gateway }: NamedHost): Promise<void> {
    const url = new URL(this.#state);
    url.hostname = gateway;
    // The cable between the two is one within this computer.
    url.searchParams.set("sslMode", "disable");
    const { stateFolder, dataFolder } = this.#places(name);
    const config = {
      data: `file:${join(this.#folder, `agent-${name}`)}`,
      listen: { host: address, port: 7_420 },
      providers: { state: url.href, blob: `file:${join(this.#folder, "blobs")}` },
      machines: { ...placement, node: { name, labels: { host: name } } },
      environments: {
        container: { config: { stateFolder, dataFolder, processes: 32, diskBytes: 2 ** 25 } },
      },
    };
    const agent = await startAgent(config, { slots: ["container"], namespace });
    this.#running.set(name, agent);
  }

  async kill(name: string): Promise<void> {
    await this.#running.get(name)?.kill();
    this.#running.delete(name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((each) => each.stop()));
    this.#running.clear();
  }

  /** What runs on a host; one that ended keeps its exit for an hour. */
  running(name: string): readonly string[] {
    const folder = join(this.#places(name).stateFolder, "machines");
    if (!existsSync(folder)) return [];
    return readdirSync(folder).filter((each) => !existsSync(join(folder, each, "exit")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((each) => each.kill()));
  }

  #places(name: string): { readonly stateFolder: string; readonly dataFolder: string } {
    return {
      stateFolder: join(this.#folder, `state-${name}`),
      dataFolder: join(this.#folder, `data-${name}`),
    };
  }
}

/** Every second one may begin anew elsewhere when its node is lost. */
async function makeMachines(client: Bedplate, machines: number): Promise<readonly MachineView[]> {
  const made: MachineView[] = [];
  for (let at = 0; at < machines; at++) {
    const restart = { when: at % 2 === 0 ? ("on-failure" as const) : ("never" as const) };
    const machine = await client.machines.create({ restart, waitMs: 60_000 });
    const { state, fault, waitsBecause } = machine;
    if (state !== "running")
      throw new Error(`A machine is ${state}: ${fault?.message ?? waitsBecause}`);
    await client.machines.files(machine.id).write("/tmp/name", new Blob([machine.id]).stream());
    made.push(machine);
  }
  return made;
}

function countBy(made: readonly MachineView[]): Record<string, number> {
  const nodes = made.map(({ node = "none" }) => node);
  return Object.fromEntries(
    [...new Set(nodes)].map((node) => [node, nodes.filter((each) => each === node).length]),
  );
}

type Drained = Pick<NodesReport, "requests" | "lost" | "drainMs" | "waitMsMax" | "changed">;

/** Drains a node while clients ask one of its machines without a pause. */
async function drainUnderLoad(
  client: Bedplate,
  options: { readonly made: readonly MachineView[]; readonly clients: number },
): Promise<Drained> {
  const { made, clients } = options;
  const served = made.find(({ node }) => node === "one");
  if (served === undefined) throw new Error("No machine is on the first node");
  await serve(client, served.id);
  const { url = "" } = await client.machines.openPort(served.id, port, { isPublic: true });
  let wrong: string | undefined = "nothing asked";
  await eventually(
    "the port answers",
    async () => {
      wrong = await ask(url, served.id);
      return wrong === undefined;
    },
    { timeoutMs: 20_000 },
  ).catch((cause: unknown) => {
    throw new Error(`The port does not answer: ${wrong}`, { cause });
  });
  const over = new AbortController();
  const lost: string[] = [];
  let requests = 0;
  let waitMsMax = 0;
  const load = Array.from({ length: clients }, async () => {
    while (!over.signal.aborted) {
      const startedMs = performance.now();
      const wrong = await ask(url, served.id);
      waitMsMax = Math.max(waitMsMax, performance.now() - startedMs);
      requests++;
      if (wrong !== undefined) lost.push(wrong);
      await pause(10);
    }
  });
  await pause(1_000);
  const startedMs = performance.now();
  await client.nodes.drain("one");
  // The owner of a machine starts its programs again; with an environment that keeps memory they go on.
  await untilOn(client, served.id, "two");
  await serve(client, served.id);
  await eventually(
    "it has drained",
    async () => (await client.nodes.get("one")).state === "drained",
    {
      timeoutMs: 120_000,
    },
  );
  const drainMs = Math.round(performance.now() - startedMs);
  await pause(1_000);
  over.abort();
  await Promise.all(load);
  const names = await Promise.all(made.map(({ id }) => nameIn(client, id)));
  const changed = names.filter((name, at) => name !== made[at]?.id).length;
  return { requests, lost, drainMs, waitMsMax: Math.round(waitMsMax), changed };
}

/** Starts the service of a machine; it waits for the machine. */
async function serve(client: Bedplate, id: string): Promise<void> {
  await client.machines.processes(id).start(["/usr/bin/perl", "-e", service]);
}

/** Undefined for the right answer; else what was wrong. */
function ask(url: string, expected: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const { host, port: at } = new URL(url);
  const options = { host: "127.0.0.1", port: Number(at), headers: { host } };
  const request = get(options, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (each: string) => {
      text += each;
    });
    answer.on("error", (error) => resolve(error.message));
    answer.on("end", () => {
      const isRight = answer.statusCode === 200 && text === expected;
      resolve(isRight ? undefined : `${answer.statusCode} ${text}`);
    });
  });
  request.on("error", (error) => resolve(error.message));
  return promise;
}

async function untilOn(client: Bedplate, id: string, node: string): Promise<void> {
  const isThere = async () => {
    const machine = await client.machines.get(id);
    return machine.node === node && machine.state === "running";
  };
  await eventually(`machine/${id} runs on ${node}`, isThere, { timeoutMs: 120_000 });
}

async function nameIn(client: Bedplate, id: string): Promise<string> {
  await client.machines.get(id, { waitMs: 60_000 });
  return new Response(await client.machines.files(id).read("/tmp/name")).text();
}

/** A stopped machine goes back to the node that is empty now. */
async function spreadAgain(client: Bedplate, made: readonly MachineView[]): Promise<void> {
  for (let at = 0; at < 2; at++) await client.machines.create({ waitMs: 60_000 });
  const { machines } = await client.machines.list({ limit: 200 });
  const nodes = new Set(machines.map(({ node }) => node));
  if (nodes.size !== 2) throw new Error(`${made.length} machines are on one node alone`);
}

type Lost = Pick<NodesReport, "failed" | "movedOn">;

async function afterLoss(client: Bedplate, node: string): Promise<Lost> {
  const before = (await client.machines.list({ limit: 200 })).machines;
  const had = before.filter((each) => each.node === node);
  await eventually(
    "the node is lost",
    async () => (await client.nodes.get(node)).state === "lost",
    {
      timeoutMs: 60_000,
    },
  );
  const listed = async () => (await client.machines.list({ limit: 200 })).machines;
  const isOff = async () => (await listed()).every((each) => each.node !== node);
  await eventually("its machines are taken from it", isOff, { timeoutMs: 30_000 });
  const after = await Promise.all(had.map(({ id }) => client.machines.get(id, { waitMs: 60_000 })));
  const failed = after.filter(({ state }) => state === "failed").length;
  const movedOn = after.filter((each) => each.state === "running" && each.node !== node).length;
  if (failed + movedOn !== had.length) throw new Error("A machine of the lost node is neither");
  return { failed, movedOn };
}

async function deleteAll(client: Bedplate): Promise<void> {
  for (;;) {
    const { machines } = await client.machines.list({ limit: 200 });
    if (machines.length === 0) return;
    await Promise.all(machines.map(({ id }) => client.machines.delete(id, { waitMs: 30_000 })));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
