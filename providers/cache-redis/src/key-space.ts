/**
 * Names keys in the engine. A namespace holds no colon, and a letter says what a key is for, so no
 * two things share a name. `run` is the run of the engine: what an engine has brought back from its
 * disk, or what another one took over, may be older than what was acknowledged, and is not looked at.
 */
export class KeySpace {
  readonly #start: string;
  readonly #namespace: string;

  constructor(options: {
    readonly prefix: string;
    readonly run: string;
    readonly namespace: string;
  }) {
    this.#start = `${options.prefix}${options.run}`;
    this.#namespace = options.namespace;
  }

  entry(key: string): string {
    return this.#name("e", key);
  }

  claim(key: string): string {
    return this.#name("c", key);
  }

  counter(key: string): string {
    return this.#name("n", key);
  }

  /** What a counter answered under an idempotency key. */
  once(key: string, idempotencyKey: string): string {
    return this.#name("o", `${key.length}:${key}${idempotencyKey}`);
  }

  /** What the key of every tag begins with. */
  get tags(): string {
    return this.#name("t", "");
  }

  #name(kind: string, name: string): string {
    return `${this.#start}:${kind}:${this.#namespace}:${name}`;
  }
}
