import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Budget,
  createHostPort,
  type Environment,
  type Executed,
  encodeProgramInput,
  type Instance,
  type KeyedCall,
  newCall,
  openEnvironment,
  type ProgramInput,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type PythonDeclares, pythonPlugin } from "../src/index.ts";

/** How a script is run in a test. */
export interface TryOptions extends Partial<ProgramInput> {
  readonly entry?: string | undefined;
  readonly budget?: Budget | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly now?: number | undefined;
  readonly seed?: Uint8Array | undefined;
  readonly instance?: Instance<PythonDeclares> | undefined;
  readonly onEvent?: ((text: string) => void) | undefined;
}

/** A finished run, with its texts. */
export interface Tried extends Executed {
  readonly stdout: string;
  readonly stderr: string;
  readonly result: string;
}

/** Bounds that every script of the tests keeps well within, unless it is meant not to. */
export const wideBudget: Budget = {
  fuel: 50_000_000_000,
  wallMs: 20_000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 1_000_000,
};

/** An opened environment that runs texts. */
export class PythonRig implements AsyncDisposable {
  readonly environment: Environment<PythonDeclares>;
  readonly #artifacts: Map<Digest, Uint8Array>;
  #count = 0;

  private constructor(
    environment: Environment<PythonDeclares>,
    artifacts: Map<Digest, Uint8Array>,
  ) {
    this.environment = environment;
    this.#artifacts = artifacts;
  }

  static async open(config: object = {}): Promise<PythonRig> {
    const artifacts = new Map<Digest, Uint8Array>();
    const read = async (digest: Digest): Promise<Uint8Array> => {
      const found = artifacts.get(digest);
      if (found !== undefined) return found;
      throw raise("resource.missing", {
        op: "blob.get",
        detail: { type: "artifact", id: digest },
        message: "Cannot read the artifact: there is none",
      });
    };
    const host = createHostPort({
      owner: "test",
      grants: ["blob:read"],
      ports: { "blob:read": { read } },
    });
    const call = newCall({ principal: "test", timeoutMs: 60_000 });
    const environment = await openEnvironment(pythonPlugin, { host, config }, call);
    return new PythonRig(environment, artifacts);
  }

  add(script: string | Uint8Array): Digest {
    const bytes = typeof script === "string" ? new TextEncoder().encode(script) : script;
    const digest = digestBytes(bytes);
    this.#artifacts.set(digest, bytes);
    return digest;
  }

  call(key: string = `key-${this.#count++}`): KeyedCall {
    return newCall({ principal: "test", timeoutMs: 60_000, key });
  }

  async start(script: string, config: object = {}): Promise<Instance<PythonDeclares>> {
    const artifact = this.add(script);
    const spec = { artifact, config: { ...config }, caps: {}, labels: {} };
    const instance = await this.environment.create(spec, this.call());
    await instance.start(this.call());
    return instance;
  }

  async run(script: string, options: TryOptions = {}): Promise<Tried> {
    const instance = options.instance ?? (await this.start(script, options.config));
    const { name, args, env, stdin, files, entry = "main", now = 1_700_000_000_000 } = options;
    const executed = await instance.facets.invoke.run(
      {
        entry,
        input: encodeProgramInput({
          ...(name && { name }),
          ...(args && { args }),
          ...(env && { env }),
          ...(stdin && { stdin }),
          ...(files && { files }),
        }),
        budget: { ...wideBudget, ...options.budget },
        pre: digestBytes(new Uint8Array()),
        now,
        seed: options.seed ?? new Uint8Array(32),
        onEvent: ({ data }) => options.onEvent?.(text(data)),
      },
      this.call(),
    );
    if (options.instance === undefined) {
      await instance.stop({ graceMs: 0 }, this.call());
      await instance.release(this.call());
    }
    return { ...executed, ...textsOf(executed) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment.close(this.call());
  }
}

function textsOf(executed: Executed) {
  const of = (topic: string) =>
    executed.events
      .filter((each) => each.topic === topic)
      .map(({ data }) => text(data))
      .join("");
  const { outcome } = executed;
  const result = "output" in outcome ? text(outcome.output) : "";
  return { stdout: of("stdout"), stderr: of("stderr"), result };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
