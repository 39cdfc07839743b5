import { raise } from "@bedplate/errors";

/** Lets one piece of work at a time into an instance, unless its environment is reentrant. */
export class RunSlot {
  readonly #id: string;
  readonly #isReentrant: boolean;
  #holder: string | undefined;

  constructor(id: string, options: { readonly isReentrant: boolean }) {
    this.#id = id;
    this.#isReentrant = options.isReentrant;
  }

  /** Runs `work`, or refuses with `resource.busy`; the slot is held until the work itself ends. */
  async hold<T>(op: string, work: () => Promise<T>): Promise<T> {
    if (this.#isReentrant) return work();
    if (this.#holder !== undefined) throw this.#busy(op, this.#holder);
    this.#holder = op;
    try {
      return await work();
    } finally {
      this.#holder = undefined;
    }
  }

  #busy(op: string, by: string): Error {
    const subject = `instance/${this.#id}`;
    return raise("resource.busy", {
      op,
      subject,
      detail: { type: "instance", id: this.#id, by },
      message: `Cannot do ${op} on ${subject}: ${by} is not finished, and it does one thing at a time`,
    });
  }
}
