/**
 * Runs the scenarios at full size and prints what came of them: `npm run prove -- crash`, `swap`,
 * `replay`, `fuzz`, `routes`, `webhooks`, `machines`, `agent`, `nodes`, `neighbours`, `ledgers`,
 * `ledger-intake`, `ledger-crash`, `ledger-swap`, `ledger-replicas`, `webhook-replicas`, `engines`,
 * `cluster`, or all of them. Some need engines: `tools/services/install.sh`.
 */
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { clusterScenario } from "../apps/server/test/scenarios/cluster.ts";
import { crashScenario } from "../apps/server/test/scenarios/crash.ts";
import { engineCrashScenario } from "../apps/server/test/scenarios/engine-crash.ts";
import { fuzzScenario } from "../apps/server/test/scenarios/fuzz.ts";
import { ledgerCrashScenario, replicaConfigs } from "../apps/server/test/scenarios/ledger-crash.ts";
import { machinesScenario } from "../apps/server/test/scenarios/machines.ts";
import { nodesScenario } from "../apps/server/test/scenarios/nodes.ts";
import { replayScenario } from "../apps/server/test/scenarios/replay.ts";
import { routeFuzzScenario } from "../apps/server/test/scenarios/route-fuzz.ts";
import { swapScenario } from "../apps/server/test/scenarios/swap.ts";
import { webhookCrashScenario } from "../apps/server/test/scenarios/webhook-crash.ts";
import { fuzzGarbageCode } from "../core/ledgers/test/scenarios/evm-garbage-code.ts";
import { fuzzIntake } from "../core/ledgers/test/scenarios/evm-intake-fuzz.ts";
import { evmSchedulerScenario } from "../core/ledgers/test/scenarios/evm-scheduler-scenario.ts";
import { schedulerScenario } from "../core/ledgers/test/scenarios/scheduler-scenario.ts";
import { neighbourScenario } from "../environments/container/test/scenarios/neighbours.ts";
import { ledgerSwapScenario } from "./scenarios/ledger-swap.ts";

const scenarios: Readonly<Record<string, (folder: string) => Promise<object>>> = {
  crash: (folder) => crashScenario({ folder, kills: 20, runsPerLife: 100 }),
  swap: () => swapScenario({ perSecond: 200, seconds: 30, swaps: 9 }),
  replay: (folder) => replayScenario({ folder, runs: 1_000 }),
  ledgers: () => ledgerSchedulers({ random: 1_000, adversarial: 100 }),
  "ledger-intake": () => ledgerIntake(sizeOf("COUNT", 100_000)),
  "ledger-crash": (folder) =>
    ledgerCrashScenario({
      configs: [{ data: `file:${folder}`, listen: { port: 0 }, ledgers: { sealMs: 60 } }],
      kills: sizeOf("KILLS", 50),
      perLife: 60,
    }),
  "ledger-swap": (folder) =>
    ledgerSwapScenario({
      folder,
      kills: sizeOf("KILLS", 50),
      blocks: sizeOf("BLOCKS", 10_000),
      seed: new Date().toISOString(),
    }),
  "ledger-replicas": (folder) => ledgerReplicas(folder),
  engines: (folder) => engineCrashes(folder),
  cluster: (folder) => clusterScenario({ folder, phaseMs: 10_000 }),
  neighbours: () => neighbours(),
  machines: (folder) =>
    machinesScenario({
      folder,
      machines: sizeOf("MACHINES", 50),
      kills: sizeOf("KILLS", 50),
      streams: 10,
      topology: "server",
    }),
  agent: (folder) =>
    machinesScenario({
      folder,
      machines: sizeOf("MACHINES", 50),
      kills: sizeOf("KILLS", 50),
      streams: 10,
      topology: "agent",
    }),
  nodes: (folder) => nodesScenario({ folder, machines: sizeOf("MACHINES", 12), clients: 8 }),
  webhooks: (folder) =>
    webhookCrashScenario({ configs: [{ data: `file:${folder}` }], kills: 20, runsPerLife: 50 }),
  "webhook-replicas": (folder) => webhookReplicas(folder),
  fuzz: () => fuzzScenario({ requests: 10_000, seed: 1 }),
  routes: () => routeFuzzScenario({ requests: 20_000, seed: 1 }),
};

/** So many changed transactions, and so many random codes. */
async function ledgerIntake(count: number): Promise<object> {
  const seed = new Date().toISOString();
  const transactions = await fuzzIntake({ count, seed });
  return { transactions, codes: await fuzzGarbageCode({ count, seed }) };
}

/** On the scripts of the fake environment, and on the EVM. */
async function ledgerSchedulers(size: {
  readonly random: number;
  readonly adversarial: number;
}): Promise<object> {
  const seed = new Date().toISOString();
  return {
    fake: await schedulerScenario({ ...size, seed }),
    evm: await evmSchedulerScenario({ ...size, seed }),
  };
}

/** A size from the environment, for hosts that cannot hold so many. */
function sizeOf(name: string, standard: number): number {
  const text = process.env[name];
  return text === undefined ? standard : Number.parseInt(text, 10);
}

/** 200 kills: half of them with the jobs in PostgreSQL, half in Redis. */
async function engineCrashes(folder: string): Promise<object> {
  const seed = new Date().toISOString();
  const of = (queue: "postgres" | "redis") =>
    engineCrashScenario({ folder: join(folder, queue), kills: 100, queue, seed });
  return { seed, postgres: await of("postgres"), redis: await of("redis") };
}

/** Least share of its work that a machine keeps beside one that attacks. */
const shareMin = 0.8;

async function neighbours(): Promise<object> {
  const result = await neighbourScenario({ windowMs: 3000 });
  const harmed = Object.entries(result.shares).filter(([, share]) => share < shareMin);
  return { ...result, shareMin, harmed: harmed.map(([name]) => name) };
}

async function webhookReplicas(folder: string): Promise<object> {
  await using replicas = await replicaConfigs(folder);
  return webhookCrashScenario({ configs: replicas.configs, kills: 20, runsPerLife: 50 });
}

async function ledgerReplicas(folder: string): Promise<object> {
  await using replicas = await replicaConfigs(folder);
  return await ledgerCrashScenario({ configs: replicas.configs, kills: 20, perLife: 60 });
}

const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(scenarios);
for (const name of names) {
  using scratch = openScratchFolder();
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`There is no scenario "${name}"`);
  process.stdout.write(`${name}: ${JSON.stringify(await scenario(scratch.path))}\n`);
}
