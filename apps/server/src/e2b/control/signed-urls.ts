import type { Clock } from "@bedplate/clock";
import { type FileGrant, isSignature } from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import type { SandboxDirectory } from "./sandbox-directory.ts";
import type { SandboxTokens } from "./sandbox-tokens.ts";

/** What a URL without a sandbox's name says of itself. */
export interface SignedUrl {
  readonly signature: string;
  readonly grant: FileGrant;
}

/** Signatures whose sandbox is remembered. */
const knownMax = 10_000;
/** How many tokens are tried before others have their turn. */
const sliceSize = 500;
/** URLs that may be looked for at once: what fits nothing waits for what other replicas have made. */
const searchesMax = 32;
/** How often the sandboxes of all replicas are read at most. */
const readEveryMs = 1_000;

/**
 * Finds the sandbox of a signed URL that names none. The signature is a digest of the sandbox's token,
 * so tokens are tried, newest first, from memory and not from the state; what was found is remembered.
 * Anybody can ask for that without a key: the work of one request, and of all, is bounded.
 */
export class SignedUrls {
  readonly #directory: SandboxDirectory;
  readonly #tokens: SandboxTokens;
  readonly #clock: Clock;
  readonly #known = new Map<string, string>();
  #all: ReadonlyMap<string, string> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #next: Promise<void> | undefined;
  #searches = 0;

  constructor(modules: {
    readonly directory: SandboxDirectory;
    readonly tokens: SandboxTokens;
    readonly clock: Clock;
  }) {
    this.#directory = modules.directory;
    this.#tokens = modules.tokens;
    this.#clock = modules.clock;
  }

  /** Undefined where no sandbox has such a token. */
  async find(url: SignedUrl): Promise<string | undefined> {
    const known = this.#remembered(url);
    if (known !== undefined) return known;
    if (this.#searches >= searchesMax) throw tooMany();
    this.#searches += 1;
    try {
      const found = await this.#search(url);
      if (found !== undefined) return found;
      await this.#read();
      return await this.#search(url);
    } finally {
      this.#searches -= 1;
    }
  }

  async #search(url: SignedUrl): Promise<string | undefined> {
    let tried = 0;
    for (const [id, token] of this.#all) {
      if (isSignature(url.signature, url.grant, token)) return this.#remember(url, id);
      if (++tried % sliceSize === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return undefined;
  }

  /** Reads the sandboxes of all replicas as they are from now on; who asks meanwhile shares the read. */
  #read(): Promise<void> {
    this.#next ??= this.#rest().then(() => {
      this.#next = undefined;
      this.#readAt = this.#clock.now();
      return this.#readAll();
    });
    return this.#next;
  }

  async #rest(): Promise<void> {
    const restMs = this.#readAt + readEveryMs - this.#clock.now();
    if (restMs > 0) await this.#clock.sleep(restMs);
  }

  async #readAll(): Promise<void> {
    const earlier = this.#all;
    const ids: string[] = [];
    for await (const id of this.#directory.ids()) ids.push(id);
    const tokenOf = (id: string) => earlier.get(id) ?? this.#tokens.accessToken(id);
    // Ids grow with time: whoever signs a URL has most often made the sandbox just now.
    this.#all = new Map(ids.toReversed().map((id) => [id, tokenOf(id)]));
  }

  #remembered({ signature, grant }: SignedUrl): string | undefined {
    const id = this.#known.get(signature);
    if (id === undefined) return undefined;
    return isSignature(signature, grant, this.#tokens.accessToken(id)) ? id : undefined;
  }

  #remember({ signature }: SignedUrl, id: string): string {
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(signature, id);
    return id;
  }
}

function tooMany(): Error {
  return raise("quota.exceeded", {
    op: "e2b.files",
    detail: { meter: "signed URLs at once", limit: searchesMax, asked: searchesMax + 1 },
    message: "Cannot look for the sandbox of the signed URL: too many ask for that at once",
  });
}
