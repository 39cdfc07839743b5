import type { EgressPolicy, EgressRule } from "@bedplate/environment";
import { type BerthNetwork, bridgeName, gatewayOf, tableName } from "./addresses.ts";

/** Addresses that are not public: reached only where a rule with a `cidr` allows them. */
export const privateNetworks: readonly string[] = [
  ..."0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12".split(" "),
  ..."192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3".split(" "),
];

/** Most rules of one policy. */
export const rulesMax = 64;

/** Longest time that an address stays allowed after its name was asked for. */
const nameTimeoutMax = "1h";

/**
 * The table that all machines of this host share; adding it again changes nothing. What is denied is
 * told so: a connection that was open ends, a new one fails at once.
 */
export function baseRules(subnet: string): string {
  const table = `inet ${tableName}`;
  return `
add table ${table}
add map ${table} machines { type ipv4_addr : verdict; }
add map ${table} resolvers { type ipv4_addr : inet_service; }
add set ${table} private { type ipv4_addr; flags interval; elements = { ${privateNetworks.join(", ")} }; }
add chain ${table} refuse
flush chain ${table} refuse
add rule ${table} refuse meta l4proto tcp reject with tcp reset
add rule ${table} refuse reject with icmpx admin-prohibited
add chain ${table} forward { type filter hook forward priority 0; policy accept; }
add chain ${table} input { type filter hook input priority 0; policy accept; }
add chain ${table} names { type nat hook prerouting priority -100; policy accept; }
add chain ${table} leave { type nat hook postrouting priority 100; policy accept; }
flush chain ${table} forward
flush chain ${table} input
flush chain ${table} names
flush chain ${table} leave
add rule ${table} forward iifname "${bridgeName}" oifname "${bridgeName}" drop
add rule ${table} forward iifname "${bridgeName}" ip saddr vmap @machines
add rule ${table} forward iifname "${bridgeName}" goto refuse
add rule ${table} forward oifname "${bridgeName}" ct state established,related accept
add rule ${table} forward oifname "${bridgeName}" drop
add rule ${table} names iifname "${bridgeName}" ip daddr ${gatewayOf(subnet)} udp dport 53 redirect to :ip saddr map @resolvers
add rule ${table} input iifname "${bridgeName}" udp dport 1024-65535 ct status dnat accept
add rule ${table} input iifname "${bridgeName}" drop
add rule ${table} leave ip saddr ${subnet} oifname != "${bridgeName}" masquerade
`;
}

/** How much of a second's packets may leave at once. */
const packetBurstShare = 0.1;

/**
 * Bounds what leaves by a machine's own device, where the sender's time pays for it: behind that the
 * host works for each packet, in time that is nobody's.
 */
export function packetRules(packetsPerSecond: number): string {
  const burst = Math.max(1, Math.round(packetsPerSecond * packetBurstShare));
  return `
add table netdev ${tableName}
add chain netdev ${tableName} leave { type filter hook egress device "eth0" priority 0; policy accept; }
add rule netdev ${tableName} leave limit rate over ${packetsPerSecond}/second burst ${burst} packets drop
`;
}

/**
 * The rules of one machine, all at once. The generation is another for each policy of a berth: an
 * answer for a policy that is over names sets that are not there any more.
 */
export function machineRules(
  { berth, chain, address }: BerthNetwork,
  options: {
    readonly policy: EgressPolicy;
    readonly resolverPort: number;
    readonly generation: number;
  },
): string {
  const { policy, resolverPort, generation } = options;
  const table = `inet ${tableName}`;
  const nameOf = (rule: number) => setName(berth, { generation, rule });
  const sets = policy.rules.flatMap(({ domain }, index) =>
    domain === undefined ? [] : [nameOf(index)],
  );
  const rules = [
    ...policy.rules.map((rule, index) => ruleText(rule, nameOf(index))),
    ...(policy.otherwise === "allow" ? ["ip daddr != @private accept"] : []),
  ];
  const add = (text: string) => `add rule ${table} ${chain} ${text}`;
  return [
    ...sets.map(
      (name) =>
        `add set ${table} ${name} { type ipv4_addr; flags timeout; timeout ${nameTimeoutMax}; }`,
    ),
    `add chain ${table} ${chain}`,
    `flush chain ${table} ${chain}`,
    ...rules.map((each) => add(each)),
    add("goto refuse"),
    `add element ${table} machines { ${address} : jump ${chain} }`,
    `add element ${table} resolvers { ${address} : ${resolverPort} }`,
    "",
  ].join("\n");
}

/** Takes a machine's rules away, of which `listing` is what nft says of its chain. */
export function removedRules({ berth, chain, address }: BerthNetwork, listing: string): string {
  const table = `inet ${tableName}`;
  const sets = new Set(listing.match(new RegExp(`names_${berth}_\\d+(_\\d+)?`, "g")));
  return [
    `delete element ${table} machines { ${address} }`,
    `delete element ${table} resolvers { ${address} }`,
    `flush chain ${table} ${chain}`,
    `delete chain ${table} ${chain}`,
    ...[...sets].map((each) => `delete set ${table} ${each}`),
    "",
  ].join("\n");
}

/** Lets a name's addresses through the rule that named it, for as long as the answer holds. */
export function nameElements(
  berth: number,
  options: {
    readonly generation: number;
    readonly rule: number;
    readonly addresses: readonly string[];
    readonly ttlSeconds: number;
  },
): string {
  const { addresses, ttlSeconds } = options;
  const elements = addresses.map((each) => `${each} timeout ${ttlSeconds}s`).join(", ");
  return `add element inet ${tableName} ${setName(berth, options)} { ${elements} }\n`;
}

/** The set of a rule that names a domain. */
function setName(
  berth: number,
  { generation, rule }: { readonly generation: number; readonly rule: number },
): string {
  return `names_${berth}_${generation}_${rule}`;
}

function ruleText({ action, cidr, domain, ports }: EgressRule, set: string): string {
  const where =
    cidr !== undefined ? [`ip daddr ${cidr}`] : domain !== undefined ? [`ip daddr @${set}`] : [];
  const port =
    ports === undefined ? [] : [`meta l4proto { tcp, udp } th dport ${ports.from}-${ports.to}`];
  const isPublic = action === "allow" && cidr === undefined ? ["ip daddr != @private"] : [];
  return [...where, ...port, ...isPublic, action === "allow" ? "accept" : "goto refuse"].join(" ");
}
