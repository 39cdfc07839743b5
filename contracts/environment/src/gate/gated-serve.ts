import type { KeyedCall } from "../call.ts";
import type { Endpoint, ServeDriver, ServeParams, ServeRequest } from "../facets/serve.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";
import { isAmount } from "./machine-bounds.ts";

/** Forms of an address: a socket file, or a host and its port. */
const addressPattern = /^(unix:\/.+|.+:\d{1,5})$/;

/** Wraps a driver's `serve`: only declared protocols, and addresses that can be used. */
export class GatedServe implements ServeDriver {
  readonly #driver: ServeDriver;
  readonly #params: ServeParams;
  readonly #gate: FacetGate;

  constructor(
    driver: ServeDriver,
    options: { readonly params: ServeParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("serve", options.context);
  }

  expose(request: ServeRequest, call: KeyedCall): Promise<Endpoint> {
    return this.#gate.do("expose", call, async () => {
      this.#check("expose", request);
      const endpoint = await this.#driver.expose(request, call);
      const isSame = endpoint.port === request.port && endpoint.protocol === request.protocol;
      if (isSame && addressPattern.test(endpoint.address)) return endpoint;
      throw this.#gate.broken("expose", "it is another port, or no address");
    });
  }

  withdraw(request: ServeRequest, call: KeyedCall): Promise<void> {
    return this.#gate.do("withdraw", call, async () => {
      this.#check("withdraw", request);
      await this.#driver.withdraw(request, call);
    });
  }

  #check(verb: string, { port, protocol }: ServeRequest): void {
    if (!this.#params.protocols.includes(protocol)) {
      throw this.#gate.undeclared(verb, `protocols: ${protocol}`);
    }
    if (port >= 1 && isAmount(port, 65_535)) return;
    throw this.#gate.invalid(verb, { path: "/port", rule: "must be 1 to 65535" });
  }
}
