import { digestBytes } from "@bedplate/codec";
import {
  createHostPort,
  type Executed,
  emptyState,
  type Invocation,
  newCall,
  openEnvironment,
} from "@bedplate/environment";
import { wasmPlugin } from "@bedplate/environment-wasm";

/** Opens one artifact behind the gate; answers how to run it. */
export async function openBench(
  artifact: Uint8Array,
): Promise<(invocation?: Partial<Invocation>) => Promise<Executed>> {
  const call = newCall({ principal: "bench", timeoutMs: 3_600_000, key: "bench" });
  const plugin = wasmPlugin();
  const host = createHostPort({
    owner: "bench",
    grants: plugin.manifest.wants,
    ports: {
      "blob:read": { read: async () => artifact },
      cache: { get: async () => undefined, put: async () => {} },
    },
  });
  const environment = await openEnvironment(plugin, { host }, call);
  const spec = { artifact: digestBytes(artifact), config: {}, caps: {}, labels: {} };
  const instance = await environment.create(spec, call);
  await instance.start(call);
  const plain: Invocation = {
    entry: "main",
    input: new Uint8Array(),
    budget: {},
    pre: emptyState,
    now: 1_700_000_000_000,
    seed: new Uint8Array(32),
  };
  return (invocation) => instance.facets.invoke.run({ ...plain, ...invocation }, call);
}
