import { BlockList, isIP } from "node:net";
import type { EgressRules } from "@bedplate/e2b";
import type { EgressPolicy, EgressRule } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** Addresses that are nobody's on the internet: no sandbox may ask for them. */
const privateRanges = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const;

/**
 * The policy that a sandbox's rules make: what is allowed comes before what is denied, and the rest is
 * open unless the sandbox has no internet.
 */
export function egressPolicyOf(rules: EgressRules, hasInternet: boolean): EgressPolicy {
  const { allowOut = [], denyOut = [], egressProxy, rules: transforms = {} } = rules;
  if (egressProxy !== undefined && egressProxy !== null) throw unsupported("an egress proxy");
  if (Object.keys(transforms).length > 0) throw unsupported("rules that change requests");
  return {
    rules: [...allowOut.map((text) => allowed(text)), ...denyOut.map((text) => denied(text))],
    otherwise: hasInternet ? "allow" : "deny",
  };
}

function allowed(text: string): EgressRule {
  // Without a range it means what is public, and nothing behind the node.
  if (text === "0.0.0.0/0" || text === "*") return { action: "allow" };
  const cidr = cidrOf(text);
  if (cidr === undefined) return { action: "allow", domain: text.toLowerCase() };
  if (touchesPrivate(cidr)) throw invalid(`${text} is not a range of public addresses`);
  return { action: "allow", cidr };
}

function denied(text: string): EgressRule {
  if (text === "0.0.0.0/0") return { action: "deny" };
  const cidr = cidrOf(text);
  if (cidr === undefined) throw invalid(`${text.slice(0, 100)} is no address and no range`);
  return { action: "deny", cidr };
}

/** An address or range as a range; undefined for what is a name. */
function cidrOf(text: string): string | undefined {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  if (version === 0) return undefined;
  return `${address}/${length ?? (version === 4 ? 32 : 128)}`;
}

/** Whether a range has an address that is not public, or is so itself. IPv6 leaves no sandbox. */
function touchesPrivate(cidr: string): boolean {
  const [address = "", length = ""] = cidr.split("/");
  if (isIP(address) !== 4) return false;
  const asked = new BlockList();
  asked.addSubnet(address, Number(length), "ipv4");
  return privateRanges.some(([network, bits]) => {
    const range = new BlockList();
    range.addSubnet(network, bits, "ipv4");
    return range.check(address) || asked.check(network);
  });
}

function unsupported(what: string): Error {
  return raise("capability.undeclared", {
    op: "e2b.network",
    detail: { facet: "egress" },
    message: `Cannot set the network: ${what} is not supported`,
  });
}

function invalid(what: string): Error {
  return raise("argument.invalid", {
    op: "e2b.network",
    detail: { path: "/network", rule: what },
    message: `Cannot set the network: ${what}`,
  });
}
