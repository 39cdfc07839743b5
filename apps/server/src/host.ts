import type { BlobStore } from "@bedplate/blob";
import { systemRandom } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import {
  type BytesCachePort,
  createHostPort,
  type HostPort,
  type Permission,
} from "@bedplate/environment";
import type { Artifacts } from "@bedplate/runs";
import type { Log } from "@bedplate/telemetry";

/** What the host gives to plug-ins. */
export interface HostModules {
  readonly owner: string;
  readonly artifacts: Artifacts;
  readonly blobs: BlobStore;
  readonly log: Log;
}

/** The host, as one release sees it. */
export function hostPortFor(
  release: { readonly name: string; readonly grants: readonly Permission[] },
  modules: HostModules,
): HostPort {
  const { owner, artifacts, blobs, log } = modules;
  return createHostPort({
    owner,
    grants: release.grants,
    ports: {
      "blob:read": { read: (digest, call) => artifacts.read(digest, { signal: call.signal }) },
      cache: cacheOf(blobs, release.name),
      clock: { now: () => Date.now() },
      random: systemRandom,
      log: log.child({ environment: release.name }),
    },
  });
}

/** Bytes that an environment can make again, kept beside the artifacts; each environment has its own. */
function cacheOf(blobs: BlobStore, environment: string): BytesCachePort {
  const place = (key: string) => `cache/${environment}/${digestBytes(Buffer.from(key)).slice(7)}`;
  return {
    get: async (key) => (await blobs.get(place(key))) ?? undefined,
    put: async (key, value) => {
      await blobs.put(place(key), value);
    },
  };
}
