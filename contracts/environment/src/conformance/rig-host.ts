import { systemRandom } from "@bedplate/clock";
import { type Digest, digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { createLog } from "@bedplate/telemetry";
import { createHostPort } from "../gate/host-port.ts";
import type { HostPort, Permission } from "../host-port.ts";
import type { ConformancePrograms } from "./conformance-subject.ts";

/** The host that the suite plays: it serves the programs and remembers what it was asked for. */
export class RigHost {
  readonly port: HostPort;
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #cache = new Map<string, Uint8Array>();
  readonly #logLines: string[] = [];
  readonly #denials: string[] = [];
  #isBlobFailing = false;
  #reads = 0;

  constructor(options: {
    readonly owner: string;
    readonly grants: readonly Permission[];
    readonly programs: ConformancePrograms;
  }) {
    const { owner, grants, programs } = options;
    for (const program of Object.values(programs)) {
      if (program !== undefined) this.add(program.artifact);
    }
    const port = createHostPort({
      owner,
      grants,
      ports: {
        "blob:read": { read: async (digest) => this.#read(digest) },
        cache: {
          get: async (key) => this.#cache.get(key)?.slice(),
          put: async (key, value) => void this.#cache.set(key, value.slice()),
        },
        clock: { now: () => Date.now() },
        random: systemRandom,
        log: createLog({ write: (line) => this.#logLines.push(line), now: Date.now }),
      },
    });
    this.port = {
      owner: port.owner,
      granted: port.granted,
      use: (permission) => {
        if (!port.granted.has(permission)) this.#denials.push(permission);
        return port.use(permission);
      },
    };
  }

  /** Permissions that the plug-in asked for in vain. */
  get denials(): readonly string[] {
    return this.#denials;
  }

  /** What the plug-in logged. */
  get logLines(): readonly string[] {
    return this.#logLines;
  }

  /** Serves some bytes from now on. */
  add(artifact: Uint8Array): Digest {
    const digest = digestBytes(artifact);
    this.#blobs.set(digest, artifact);
    return digest;
  }

  /** How often bytes were asked for. */
  get reads(): number {
    return this.#reads;
  }

  /** Serves other bytes under a digest than it says, or none. */
  replace(digest: Digest, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.#blobs.delete(digest);
    else this.#blobs.set(digest, bytes);
  }

  /** The control `blob-failure`: while on, nothing can be read. */
  failBlobs(isFailing: boolean): void {
    this.#isBlobFailing = isFailing;
  }

  #read(digest: Digest): Uint8Array {
    this.#reads += 1;
    if (this.#isBlobFailing) {
      throw raise("provider.unavailable", {
        op: "blob.get",
        detail: { provider: "blob" },
        message: "Cannot read the artifact: the blob store is away",
      });
    }
    const found = this.#blobs.get(digest);
    if (found !== undefined) return found.slice();
    throw raise("resource.missing", {
      op: "blob.get",
      detail: { type: "artifact", id: digest },
      message: `Cannot read the artifact: there is no ${digest}`,
    });
  }
}
