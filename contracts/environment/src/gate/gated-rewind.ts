import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { Call } from "../call.ts";
import type { Mark, RewindDriver, RewindParams } from "../facets/rewind.ts";
import type { GateContext } from "./gate-context.ts";
import { operate } from "./operation.ts";

/** Wraps a driver's `rewind`: keeps the stack of marks, its depth and who is alive on it. */
export class GatedRewind implements RewindDriver {
  readonly #driver: RewindDriver;
  readonly #params: RewindParams;
  readonly #context: GateContext;
  readonly #marks: string[] = [];

  constructor(
    driver: RewindDriver,
    options: { readonly params: RewindParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#context = options.context;
  }

  mark(call: Call): Promise<Mark> {
    return this.#do("mark", call, async () => {
      this.#demandRoom();
      const mark = await this.#driver.mark(call);
      if (mark.depth !== this.#marks.length + 1 || this.#marks.includes(mark.id)) {
        throw brokenMark();
      }
      this.#marks.push(mark.id);
      return mark;
    });
  }

  rewind(mark: Mark, call: Call): Promise<void> {
    return this.#do("rewind", call, async () => {
      const at = this.#demandAlive(mark, "rewind");
      await this.#driver.rewind(mark, call);
      this.#marks.splice(at);
    });
  }

  settle(mark: Mark, call: Call): Promise<void> {
    return this.#do("settle", call, async () => {
      const at = this.#demandAlive(mark, "settle");
      await this.#driver.settle(mark, call);
      this.#marks.splice(at);
    });
  }

  digest(call: Call): Promise<Digest> {
    return this.#do("digest", call, () => this.#driver.digest(call));
  }

  #do<T>(verb: string, call: Call, work: () => Promise<T>): Promise<T> {
    const { monitor, operations, slot } = this.#context;
    const op = `instance.rewind.${verb}`;
    return operate(operations, { op, call }, async () => {
      monitor.demand("rewind");
      return await slot.hold(op, work);
    });
  }

  #demandRoom(): void {
    const limit = this.#params.nesting;
    if (this.#marks.length < limit) return;
    throw raise("quota.exceeded", {
      op: "instance.rewind.mark",
      retry: "never",
      detail: { meter: "marks", limit, asked: limit + 1 },
      message: `Cannot mark: ${limit} marks are open already`,
    });
  }

  #demandAlive(mark: Mark, verb: string): number {
    const at = this.#marks.indexOf(mark.id);
    if (at >= 0) return at;
    throw raise("resource.missing", {
      op: `instance.rewind.${verb}`,
      detail: { type: "mark", id: mark.id },
      message: `Cannot ${verb}: the mark was rewound or settled`,
    });
  }
}

function brokenMark(): Error {
  return raise("internal.bug", {
    op: "instance.rewind.mark",
    blame: "plugin",
    detail: { where: "rewind.mark" },
    message: "Cannot accept the mark: its depth is wrong, or its id is taken",
  });
}
