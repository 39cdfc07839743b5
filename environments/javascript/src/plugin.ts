import { decodeCbor, encodeCbor } from "@bedplate/codec";
import {
  type BytesCachePort,
  definePlugin,
  type HostPort,
  type Plugin,
} from "@bedplate/environment";
import type { RewrittenModule } from "@bedplate/wasm-module";
import type { JavascriptConfig } from "./config.ts";
import { JavascriptEnvironment } from "./javascript-environment.ts";
import { type JavascriptDeclares, manifest } from "./manifest.ts";
import { engineCacheKey } from "./quickjs/metered-quickjs.ts";
import { GuestThreads } from "./thread/guest-threads.ts";

/** The environment `javascript`: QuickJS in WebAssembly, metered, each run from a copy of one image. */
export const javascriptPlugin: Plugin<JavascriptDeclares> = definePlugin({
  manifest,
  async open(host, config): Promise<JavascriptEnvironment> {
    const release = config as JavascriptConfig;
    const cache = host.granted.has("cache") ? host.use("cache") : undefined;
    const known = cache && (await readEngine(cache));
    const threads = new GuestThreads({
      threadsMax: release.threadsMax,
      waitingMax: release.waitingRunsMax,
      rewritten: known,
    });
    const { rewritten } = await threads.base();
    if (cache !== undefined && known === undefined) await writeEngine(cache, rewritten);
    return new JavascriptEnvironment({ host: host as HostPort, config: release, threads });
  },
});

/** The rewritten engine from the cache; undefined where it is not there or cannot be read. */
async function readEngine(cache: BytesCachePort): Promise<RewrittenModule | undefined> {
  const bytes = await cache.get(engineCacheKey);
  if (bytes === undefined) return undefined;
  try {
    const [head, body] = decodeCbor(bytes) as [string, Uint8Array];
    return { ...(JSON.parse(head) as Omit<RewrittenModule, "bytes">), bytes: body };
  } catch {
    return undefined;
  }
}

function writeEngine(cache: BytesCachePort, rewritten: RewrittenModule): Promise<void> {
  const { bytes, ...head } = rewritten;
  return cache.put(engineCacheKey, encodeCbor([JSON.stringify(head), bytes]));
}
