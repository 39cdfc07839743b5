import type { KeyedCall } from "../call.ts";
import { type CapName, type Caps, capNames, tightenCaps } from "../caps.ts";
import type { ResizeDriver, ResizeParams } from "../facets/resize.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";
import { isAmount } from "./machine-bounds.ts";

/** Wraps a driver's `resize`: only declared bounds, none beyond policy, and an answer to each. */
export class GatedResize implements ResizeDriver {
  readonly #driver: ResizeDriver;
  readonly #params: ResizeParams;
  readonly #gate: FacetGate;

  constructor(
    driver: ResizeDriver,
    options: { readonly params: ResizeParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("resize", options.context);
  }

  resize(to: Caps, call: KeyedCall): Promise<Caps> {
    return this.#gate.do("resize", call, async (ceiling) => {
      const asked = this.#check(to);
      const { ceiling: ours } = this.#gate.context;
      const bounded = tightenCaps(to, tightenCaps(ceiling, ours), asked);
      const holds = await this.#driver.resize(bounded, call);
      if (asked.every((each) => holds[each] !== undefined)) return holds;
      throw this.#gate.broken("resize", "it does not say what holds");
    });
  }

  #check(to: Caps): readonly CapName[] {
    const asked = Object.keys(to).filter((each) => to[each as CapName] !== undefined);
    if (asked.length === 0) throw this.#gate.invalid("resize", { path: "/to", rule: "is empty" });
    for (const name of asked as CapName[]) {
      const path = `/to/${name}`;
      if (!capNames.includes(name)) {
        throw this.#gate.invalid("resize", { path, rule: "is no bound of a machine" });
      }
      if (!this.#params.live.includes(name)) throw this.#gate.undeclared("resize", `live: ${name}`);
      if (!isAmount(to[name] ?? 0)) {
        throw this.#gate.invalid("resize", { path, rule: "is no amount" });
      }
    }
    return asked as CapName[];
  }
}
