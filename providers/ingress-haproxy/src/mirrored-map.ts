/** A map of the engine, and the commands that bring the engine's copy to what is wanted. */
export class MirroredMap {
  readonly #path: string;
  readonly #entries = new Map<string, string>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Sets an entry here, and answers the command that sets it there. */
  set(key: string, value: string): readonly string[] {
    const before = this.#entries.get(key);
    this.#entries.set(key, value);
    if (before === value) return [];
    const verb = before === undefined ? "add" : "set";
    return [`${verb} map ${this.#path} ${key} ${value}`];
  }

  delete(key: string): readonly string[] {
    return this.#entries.delete(key) ? [`del map ${this.#path} ${key}`] : [];
  }

  /** The file that an engine reads when it starts. */
  text(): string {
    return [...this.#entries].map(([key, value]) => `${key} ${value}\n`).join("");
  }
}
