/** Round trip of one empty invoke, bare driver and gate: direct, and over ports in this thread. */

import { digestValue } from "@bedplate/codec";
import { quantile, reportBench } from "@bedplate/testkit";
import { createHostPort } from "../src/gate/host-port.ts";
import { emptyState, newCall, openEnvironment, type Plugin } from "../src/index.ts";
import { overWire } from "../src/wire/index.ts";
import { type ToyDeclares, toyPlugin } from "../test/wire/toy-plugin.ts";

const rounds = 20_000;

const rows: (string | number)[][] = [];
await measure("direct", toyPlugin);
await measure("over ports", overWire(toyPlugin));

reportBench("wire", { columns: ["plug-in", "p50 us", "p99 us", "rounds"], rows });

async function measure(name: string, plugin: Plugin<ToyDeclares>): Promise<void> {
  const call = newCall({ principal: "bench", timeoutMs: 60_000, key: "k" });
  const host = createHostPort({ owner: "bench", grants: [], ports: {} });
  const environment = await openEnvironment(plugin, { host }, call);
  const spec = { artifact: digestValue("a"), config: {}, caps: {}, labels: {} };
  const instance = await environment.create(spec, call);
  await instance.start(call);
  const invocation = {
    entry: "echo",
    input: new Uint8Array(100),
    budget: { fuel: 1_000_000, outputBytes: 65_536 },
    pre: emptyState,
    now: 1,
    seed: new Uint8Array(32),
  };
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await instance.facets.invoke.run(invocation, call);
    times.push((performance.now() - start) * 1000);
  }
  rows.push([name, quantile(times, 0.5), quantile(times, 0.99), rounds]);
  await environment.close(call);
}
