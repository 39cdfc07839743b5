import type { Digest } from "@bedplate/codec";
import type { ArtifactPort, Call } from "@bedplate/environment";
import type { GuestThreads } from "./thread/guest-threads.ts";

/** A script that can run here, or why it cannot. */
export type Artifact =
  | {
      readonly isAdmitted: true;
      readonly source: string;
      readonly isModule: boolean;
      /** Functions that the text declares at the beginning of a line; a hint, not a promise. */
      readonly functions: readonly string[];
    }
  | { readonly isAdmitted: false; readonly reason: string };

/** Most functions named by an admission. */
const functionsMax = 256;

/** Reads artifacts and finds out what they are; keeps the last ones. */
export class Artifacts {
  readonly #port: ArtifactPort;
  readonly #threads: GuestThreads;
  readonly #bytesMax: number;
  readonly #keptMax: number;
  readonly #kept = new Map<Digest, Artifact>();

  constructor(options: {
    readonly port: ArtifactPort;
    readonly threads: GuestThreads;
    readonly bytesMax: number;
    readonly keptMax: number;
  }) {
    this.#port = options.port;
    this.#threads = options.threads;
    this.#bytesMax = options.bytesMax;
    this.#keptMax = options.keptMax;
  }

  async get(digest: Digest, call: Call): Promise<Artifact> {
    const known = this.#kept.get(digest);
    if (known !== undefined) {
      this.#kept.delete(digest);
      this.#kept.set(digest, known);
      return known;
    }
    const artifact = await this.#examine(await this.#port.read(digest, call));
    this.#kept.set(digest, artifact);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.#keptMax && !oldest.done) this.#kept.delete(oldest.value);
    return artifact;
  }

  async #examine(bytes: Uint8Array): Promise<Artifact> {
    if (bytes.length > this.#bytesMax) {
      return { isAdmitted: false, reason: `it is longer than ${this.#bytesMax} bytes` };
    }
    const source = decodeText(bytes);
    if (source === undefined) return { isAdmitted: false, reason: "it is no UTF-8 text" };
    if (source.includes("\0")) return { isAdmitted: false, reason: "it holds a zero byte" };
    const isModule = await this.#threads.isModule(source);
    return { isAdmitted: true, source, isModule, functions: functionsIn(source, isModule) };
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function functionsIn(source: string, isModule: boolean): readonly string[] {
  const pattern = isModule
    ? /^export\s+(?:async\s+)?function\s*\*?\s*([\w$]+)/gm
    : /^(?:async\s+)?function\s*\*?\s*([\w$]+)/gm;
  const names = new Set<string>();
  for (const [, name = ""] of source.matchAll(pattern)) {
    names.add(name);
    if (names.size === functionsMax) break;
  }
  return [...names];
}
