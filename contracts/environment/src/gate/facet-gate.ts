import { raise } from "@bedplate/errors";
import type { Call } from "../call.ts";
import type { Caps } from "../caps.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import type { GateContext } from "./gate-context.ts";
import { operate, operateStream } from "./operation.ts";

/** What the gates of the machine facets share: the phase, the one way to the driver, and the words of refusals. */
export class FacetGate {
  readonly #facet: FacetName;
  readonly #context: GateContext;

  constructor(facet: FacetName, context: GateContext) {
    this.#facet = facet;
    this.#context = context;
  }

  get context(): GateContext {
    return this.#context;
  }

  do<T>(verb: string, call: Call, work: (ceiling: Caps) => Promise<T>): Promise<T> {
    const { operations, monitor } = this.#context;
    return operate(operations, { op: this.op(verb), call }, async (ceiling) => {
      monitor.demand(this.#facet);
      return await work(ceiling);
    });
  }

  stream<T>(verb: string, call: Call, source: () => AsyncIterable<T>): AsyncIterable<T> {
    const { operations, monitor } = this.#context;
    monitor.demand(this.#facet);
    return operateStream(operations, { op: this.op(verb), call }, source);
  }

  op(verb: string): string {
    return `instance.${this.#facet}.${verb}`;
  }

  /** A member that makes no sense, or is larger than a declared limit. */
  invalid(verb: string, member: InvalidMember): Error {
    return invalidMember(this.op(verb), member);
  }

  /** Something that the facet's parameters do not declare, for example `tty`. */
  undeclared(verb: string, parameter: string): Error {
    const facet = `${this.#facet}.${parameter}`;
    return raise("capability.undeclared", {
      op: this.op(verb),
      detail: { facet },
      message: `Cannot do ${this.op(verb)}: the environment does not declare ${facet}`,
    });
  }

  /** What the caller gives, or takes, as the work goes on has failed. */
  cutOff(verb: string, cause: unknown): Error {
    return raise("call.cancelled", {
      op: this.op(verb),
      detail: {},
      effect: "none",
      message: `Cannot do ${this.op(verb)}: the caller's stream broke off`,
      cause,
    });
  }

  /** An answer that breaks the contract: the plug-in's bug. */
  broken(verb: string, what: string): Error {
    return raise("internal.bug", {
      op: this.op(verb),
      blame: "plugin",
      detail: { where: `${this.#facet}.${verb}` },
      message: `Cannot accept the answer to ${this.op(verb)}: ${what}`,
    });
  }
}

/** What is wrong with a request. */
export interface InvalidMember {
  /** JSON pointer. */
  readonly path: string;
  readonly rule: string;
  readonly limit?: number | undefined;
}

export function invalidMember(op: string, { path, rule, limit }: InvalidMember): Error {
  return raise("argument.invalid", {
    op,
    detail: { path, rule, limit },
    message: `Cannot do ${op}: ${path} ${rule}`,
  });
}
