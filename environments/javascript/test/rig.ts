import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Budget,
  createHostPort,
  type Environment,
  type Executed,
  emptyState,
  encodeProgramInput,
  type Instance,
  type KeyedCall,
  newCall,
  openEnvironment,
  type Permission,
  type ProgramInput,
} from "@bedplate/environment";
import { type JavascriptDeclares, javascriptPlugin } from "@bedplate/environment-javascript";

export type JavascriptInstance = Instance<JavascriptDeclares>;

/** What a test says of one run. */
export interface RunWishes {
  readonly entry?: string;
  readonly input?: Partial<ProgramInput>;
  readonly budget?: Budget;
  readonly now?: number;
  readonly seed?: Uint8Array;
}

/** The environment behind the gate, with artifacts in memory. */
export class Rig implements AsyncDisposable {
  readonly environment: Environment<JavascriptDeclares>;
  readonly #blobs: Map<string, Uint8Array>;
  #keys = 0;

  constructor(environment: Environment<JavascriptDeclares>, blobs: Map<string, Uint8Array>) {
    this.environment = environment;
    this.#blobs = blobs;
  }

  call(): KeyedCall {
    return newCall({ principal: "test", timeoutMs: 60_000, key: `key-${this.#keys++}` });
  }

  store(source: string | Uint8Array): Digest {
    const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    const digest = digestBytes(bytes);
    this.#blobs.set(digest, bytes);
    return digest;
  }

  async instance(
    source: string,
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<JavascriptInstance> {
    const spec = { artifact: this.store(source), config, caps: {}, labels: {} };
    const instance = await this.environment.create(spec, this.call());
    await instance.start(this.call());
    return instance;
  }

  run(instance: JavascriptInstance, wishes: RunWishes = {}): Promise<Executed> {
    const { entry = "main", input = {}, budget = {}, now = 1_700_000_000_000 } = wishes;
    const { seed = new Uint8Array(32) } = wishes;
    const bytes = encodeProgramInput(input);
    const invocation = { entry, input: bytes, budget, pre: emptyState, now, seed };
    return instance.facets.invoke.run(invocation, this.call());
  }

  /** One run in an instance of its own. */
  async once(
    source: string,
    wishes: RunWishes & { readonly config?: Readonly<Record<string, unknown>> } = {},
  ): Promise<Executed> {
    const instance = await this.instance(source, wishes.config);
    return this.run(instance, wishes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.close(this.call());
  }
}

/** Opens the environment for one test. */
export async function openRig(
  options: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly grants?: readonly Permission[];
  } = {},
): Promise<Rig> {
  const { config = {}, grants = ["blob:read"] } = options;
  const blobs = new Map<string, Uint8Array>();
  const host = createHostPort({
    owner: "test",
    grants,
    ports: {
      "blob:read": { read: async (digest) => blobs.get(digest) ?? new Uint8Array() },
      clock: { now: () => Date.now() },
      random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    },
  });
  const call = newCall({ principal: "test", timeoutMs: 60_000 });
  return new Rig(await openEnvironment(javascriptPlugin, { host, config }, call), blobs);
}

/** All that a run wrote to a stream. */
export function said(executed: Executed, topic = "stdout"): string {
  const parts = executed.events.filter((each) => each.topic === topic).map((each) => each.data);
  return Buffer.concat(parts).toString();
}

/** The result of a run, as text. */
export function answered(executed: Executed): string {
  const { outcome } = executed;
  return "output" in outcome ? Buffer.from(outcome.output).toString() : `(${outcome.kind})`;
}
