import { GroupWriter } from "@bedplate/group-commit";

/** How calls are gathered. */
export interface CallGroupOptions<Call, Answer> {
  /** How much of a statement's bound a call takes. */
  readonly weigh: (call: Call) => number;
  /** Most of that in one statement; a call that alone is more gets a statement of its own. */
  readonly weightMax: number;
  /** Calls of different kinds do not share a statement. Default: all are of one kind. */
  readonly kindOf?: ((call: Call) => string) | undefined;
  /** Runs calls in one statement; answers in their order. */
  readonly run: (calls: readonly Call[]) => Promise<readonly Answer[]>;
  readonly op: string;
}

/** Statements on their way at the same time: while one is made durable, the next one travels. */
const groupsInFlightMax = 1;

/**
 * Lets calls that come together share a statement, its round trip and its fsync. A statement that fails
 * fails its own calls only.
 */
export class CallGroup<Call, Answer> implements AsyncDisposable {
  readonly #options: CallGroupOptions<Call, Answer>;
  readonly #writer: GroupWriter<Call, () => Answer>;

  constructor(options: CallGroupOptions<Call, Answer>) {
    this.#options = options;
    const { op } = options;
    this.#writer = new GroupWriter((calls) => this.#runAll(calls), { groupsInFlightMax, op });
  }

  async submit(call: Call): Promise<Answer> {
    const answer = await this.#writer.submit(call);
    return answer();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]();
  }

  async #runAll(calls: readonly Call[]): Promise<readonly (() => Answer)[]> {
    const answers = new Map<Call, () => Answer>();
    await Promise.all(
      this.#statements(calls).map(async (part) => {
        try {
          const found = await this.#options.run(part);
          for (const [index, call] of part.entries())
            answers.set(call, () => found[index] as Answer);
        } catch (error) {
          const fail = () => {
            throw error;
          };
          for (const call of part) answers.set(call, fail);
        }
      }),
    );
    return calls.map((call) => answers.get(call) as () => Answer);
  }

  #statements(calls: readonly Call[]): readonly (readonly Call[])[] {
    const { kindOf = () => "" } = this.#options;
    return [...Map.groupBy(calls, kindOf).values()].flatMap((some) => this.#split(some));
  }

  #split(calls: readonly Call[]): readonly (readonly Call[])[] {
    const { weigh, weightMax } = this.#options;
    const parts: Call[][] = [];
    let weight = Number.POSITIVE_INFINITY;
    for (const call of calls) {
      weight += weigh(call);
      if (weight > weightMax) {
        parts.push([]);
        weight = weigh(call);
      }
      parts.at(-1)?.push(call);
    }
    return parts;
  }
}
