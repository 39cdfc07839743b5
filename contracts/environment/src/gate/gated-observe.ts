import { raise } from "@bedplate/errors";
import type { Call } from "../call.ts";
import type { Observation, ObserveDriver, ObserveParams } from "../facets/observe.ts";
import type { GateContext } from "./gate-context.ts";
import { operateStream } from "./operation.ts";

/** Wraps a driver's `observe`: only declared points can be asked for. */
export class GatedObserve implements ObserveDriver {
  readonly #driver: ObserveDriver;
  readonly #params: ObserveParams;
  readonly #context: GateContext;

  constructor(
    driver: ObserveDriver,
    options: { readonly params: ObserveParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#context = options.context;
  }

  observe(points: readonly string[], call: Call): AsyncIterable<Observation> {
    const { monitor, operations } = this.#context;
    monitor.demand("observe");
    this.#demandDeclared(points);
    return operateStream(operations, { op: "instance.observe", call }, () =>
      this.#driver.observe(points, call),
    );
  }

  #demandDeclared(points: readonly string[]): void {
    const at = points.findIndex((each) => !this.#params.points.includes(each));
    if (at < 0) return;
    throw raise("argument.invalid", {
      op: "instance.observe",
      detail: { path: `/points/${at}`, rule: "is a point that this environment does not declare" },
      message: `Cannot observe: /points/${at} is a point that this environment does not declare`,
    });
  }
}
