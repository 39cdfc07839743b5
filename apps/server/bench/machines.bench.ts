/**
 * From the request that makes a machine to the end of its first command, and one command after the
 * other, through the HTTP API of a server in this process. As root, on a host that runs containers:
 * `node apps/server/bench/machines.bench.ts [ROUNDS]`.
 */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { Bedplate } from "@bedplate/sdk";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder, quantile, reportBench } from "@bedplate/testkit";
import { checkConfig, listen, openServer } from "../src/index.ts";

const rounds = Number.parseInt(process.argv[2] ?? "50", 10);
using scratch = openScratchFolder();
await chmod(scratch.path, 0o711);
const rows = [await measure("cold", 0), await measure("warm", 4)];
reportBench("machines", {
  columns: ["create to first command", "p50 ms", "p99 ms", "command p50 ms", "command p99 ms"],
  rows,
  notes: [`${rounds} machines on slot container, each with ten commands (/bin/true).`],
});

async function measure(name: string, warmMachines: number): Promise<readonly (string | number)[]> {
  const folder = join(scratch.path, name);
  const places = { stateFolder: join(folder, "state"), dataFolder: join(folder, "data") };
  const environments = { container: { config: { ...places, warmMachines } } };
  const config = checkConfig({ data: `file:${folder}-server`, environments });
  await using server = await openServer(config, { slots: ["container"], log: silentLog });
  await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const client = new Bedplate({ url: listening.url, key: server.adminKey });
  const firsts: number[] = [];
  const commands: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const startedMs = performance.now();
    const { id } = await client.machines.create();
    await client.machines.processes(id).exec(["/bin/true"]);
    if (round >= 0) firsts.push(performance.now() - startedMs);
    for (let command = 0; command < 10; command++) {
      const beganMs = performance.now();
      await client.machines.processes(id).exec(["/bin/true"]);
      if (round >= 0) commands.push(performance.now() - beganMs);
    }
    await client.machines.delete(id, { waitMs: 30_000 });
  }
  const of = (values: readonly number[]) => [quantile(values, 0.5), quantile(values, 0.99)];
  return [name, ...of(firsts), ...of(commands)];
}
