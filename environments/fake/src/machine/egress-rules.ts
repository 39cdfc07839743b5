import { BlockList, isIP } from "node:net";
import type { EgressPolicy, EgressRule } from "@bedplate/environment";

/** Where a connection wants to go. */
export interface Destination {
  /** The name that was asked for; undefined for a bare address. */
  readonly host?: string | undefined;
  readonly address: string;
  readonly port: number;
}

/** Addresses that are not public: only a rule with a `cidr` opens the way to them. */
const notPublic: readonly (readonly [string, number])[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
];

/** Whether a policy lets a connection through. */
export function isAllowed(policy: EgressPolicy, to: Destination): boolean {
  const isPublic = !notPublic.some(([address, length]) => isWithin(to.address, address, length));
  for (const rule of policy.rules) {
    if (!matches(rule, to)) continue;
    if (rule.action === "deny") return false;
    if (isPublic || rule.cidr !== undefined) return true;
  }
  return isPublic && policy.otherwise === "allow";
}

function matches(
  { cidr, domain, ports }: EgressRule,
  { host, address, port }: Destination,
): boolean {
  if (ports !== undefined && (port < ports.from || port > ports.to)) return false;
  if (cidr !== undefined) {
    const [base = "", length = ""] = cidr.split("/");
    return isWithin(address, base, Number(length));
  }
  if (domain === undefined) return true;
  return domain.startsWith("*.") ? host?.endsWith(domain.slice(1)) === true : host === domain;
}

function isWithin(address: string, base: string, length: number): boolean {
  if (isIP(address) !== isIP(base)) return false;
  const family = isIP(base) === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(base, length, family);
  return list.check(address, family);
}
