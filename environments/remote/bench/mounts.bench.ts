/** Round trip of one small run through the gate: in this thread, in a worker, in a process. */

import { digestValue } from "@bedplate/codec";
import { createHostPort, emptyState, newCall } from "@bedplate/environment";
import { quantile, reportBench } from "@bedplate/testkit";
import { type Mount, mountInProcess, mountInThread, mountInWorker } from "../src/index.ts";
import { toyPlugin } from "../test/toy-plugin.ts";

const call = newCall({ principal: "bench", timeoutMs: 120_000, key: "k" });
const module = new URL("../test/toy-plugin.ts", import.meta.url);
const main = new URL("../test/toy-main.ts", import.meta.url).pathname;

const rows: (string | number)[][] = [];
await measure("thread", { mount: mountInThread(toyPlugin), rounds: 20_000 });
const worker = await mountInWorker({ module, exportName: "toyPlugin" }, call);
await measure("worker", { mount: worker, rounds: 20_000 });
const child = await mountInProcess({ command: process.execPath, args: [main] }, call);
await measure("process", { mount: child, rounds: 5_000 });

reportBench("mounts", { columns: ["mount", "p50 us", "p99 us", "rounds"], rows });

async function measure(
  name: string,
  options: { readonly mount: Mount; readonly rounds: number },
): Promise<void> {
  const { mount, rounds } = options;
  const host = createHostPort({ owner: "bench", grants: [], ports: {} });
  const environment = await mount.open({ host }, call);
  const spec = { artifact: digestValue("a"), config: {}, caps: {}, labels: {} };
  const instance = await environment.create(spec, call);
  await instance.start(call);
  const input = new Uint8Array(100);
  const seed = new Uint8Array(32);
  const invocation = { entry: "echo", input, budget: {}, pre: emptyState, now: 1, seed };
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await instance.facet("invoke").run(invocation, call);
    times.push((performance.now() - start) * 1000);
  }
  rows.push([name, quantile(times, 0.5), quantile(times, 0.99), rounds]);
  await mount.close();
}
