import { isIP } from "node:net";
import { raise } from "@bedplate/errors";
import type { KeyedCall } from "../call.ts";
import type { EgressDriver, EgressParams, EgressPolicy, EgressRule } from "../facets/egress.ts";
import { FacetGate, invalidMember } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";
import { isAmount } from "./machine-bounds.ts";

/** Wraps a driver's `egress`: every rule makes sense and names only what is declared. */
export class GatedEgress implements EgressDriver {
  readonly #driver: EgressDriver;
  readonly #params: EgressParams;
  readonly #gate: FacetGate;

  constructor(
    driver: EgressDriver,
    options: { readonly params: EgressParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("egress", options.context);
  }

  set(policy: EgressPolicy, call: KeyedCall): Promise<void> {
    return this.#gate.do("set", call, async () => {
      checkPolicy(this.#gate.op("set"), policy, this.#params);
      await this.#driver.set(policy, call);
    });
  }
}

/** Refuses a policy that an environment with these parameters cannot keep. */
export function checkPolicy(op: string, policy: EgressPolicy, params: EgressParams): void {
  const { rules } = policy;
  if (rules.length > params.rulesMax) {
    const rule = `has more than ${params.rulesMax} rules`;
    throw invalidMember(op, { path: "/rules", rule, limit: params.rulesMax });
  }
  for (const [at, rule] of rules.entries()) checkRule(op, rule, { at: `/rules/${at}`, params });
}

function checkRule(
  op: string,
  { cidr, domain, ports }: EgressRule,
  { at, params }: { readonly at: string; readonly params: EgressParams },
): void {
  const refuse = (member: string, rule: string) =>
    invalidMember(op, { path: `${at}/${member}`, rule });
  const named = { cidr, domain, port: ports };
  for (const match of ["cidr", "domain", "port"] as const) {
    if (named[match] === undefined || params.matches.includes(match)) continue;
    throw raise("capability.undeclared", {
      op,
      detail: { facet: `egress.matches: ${match}` },
      message: `Cannot do ${op}: the environment has no rules by ${match}`,
    });
  }
  if (cidr !== undefined && domain !== undefined) throw refuse("domain", "is there beside a cidr");
  if (cidr !== undefined && !isCidr(cidr)) throw refuse("cidr", "is no range of addresses");
  if (domain !== undefined && !isDomain(domain)) throw refuse("domain", "is no host name");
  if (ports === undefined) return;
  const isRange = ports.from >= 1 && ports.from <= ports.to && isAmount(ports.to, 65_535);
  if (!isRange || !isAmount(ports.from)) throw refuse("ports", "is no range of 1 to 65535");
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (version === 4 ? 32 : 128);
}

/** Names as RFC 1123 has them, at most 253 characters, perhaps with `*.` before them. */
function isDomain(text: string): boolean {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
  return name.length <= 253 && name.split(".").every((each) => label.test(each));
}
