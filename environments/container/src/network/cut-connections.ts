import type { EgressPolicy } from "@bedplate/environment";
import type { BerthNetwork } from "./addresses.ts";
import { privateNetworks } from "./rules.ts";
import { runTool } from "./run-tool.ts";

/** Most peers whose connections are ended; the kernel refuses the packets of more all the same. */
const peersMax = 256;

/**
 * Ends the connections of a machine that its policy does not let through any more. The kernel
 * refuses their packets from now on; a program that only waits would not hear of it, so its
 * socket is ended too. Which those are is asked of the rules themselves: a probe packet for each
 * would be slow, so every outgoing connection that is not allowed by address is ended.
 */
export async function cutConnections(
  { namespace }: BerthNetwork,
  policy: EgressPolicy,
): Promise<void> {
  const said = await runTool({ program: "ip", words: ["netns", "exec", namespace, "ss", "-Htn"] });
  const filter = cutFilter(policy, said);
  if (filter === undefined) return;
  await runTool({ program: "ip", words: ["netns", "exec", namespace, "ss", "-K", filter] });
}

/** What `ss` calls the connections that end, of those that it told of; undefined where there are none. */
export function cutFilter(policy: EgressPolicy, said: string): string | undefined {
  const cut = parsePeers(said)
    .filter((peer) => !isAllowed(policy, peer))
    .map(({ address, port }) => `dst ${address}:${port}`);
  const peers = [...new Set(cut)].slice(0, peersMax);
  return peers.length === 0 ? undefined : peers.join(" or ");
}

interface Peer {
  readonly address: string;
  readonly port: number;
}

// A line is `state received sent local:port peer:port`.
function parsePeers(text: string): readonly Peer[] {
  return text.split("\n").flatMap((line) => {
    const peer = line.trim().split(/\s+/)[4];
    const split = peer?.lastIndexOf(":") ?? -1;
    if (peer === undefined || split < 0) return [];
    const address = peer.slice(0, split).replace(/^\[::ffff:(.*)\]$/, "$1");
    return address.startsWith("127.") ? [] : [{ address, port: Number(peer.slice(split + 1)) }];
  });
}

/** Whether the policy surely lets a connection through; one that a name allowed has to be asked for again. */
export function isAllowed(policy: EgressPolicy, { address, port }: Peer): boolean {
  for (const { action, cidr, domain, ports } of policy.rules) {
    if (domain !== undefined) continue;
    if (ports !== undefined && (port < ports.from || port > ports.to)) continue;
    if (cidr !== undefined && !isInside(cidr, address)) continue;
    // As the rules have it: only one with a `cidr` leads to what is not public.
    if (action === "allow" && cidr === undefined && isPrivate(address)) continue;
    return action === "allow";
  }
  return policy.otherwise === "allow" && !isPrivate(address);
}

function isPrivate(address: string): boolean {
  return privateNetworks.some((network) => isInside(network, address));
}

function isInside(cidr: string, address: string): boolean {
  const [network = "", bits = "32"] = cidr.split("/");
  const numbers = [toNumber(network), toNumber(address)];
  if (numbers.some((each) => each === undefined)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor((numbers[0] ?? 0) / size) === Math.floor((numbers[1] ?? 0) / size);
}

function toNumber(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  const isAddress = parts.length === 4 && parts.every((each) => each >= 0 && each <= 255);
  return isAddress ? parts.reduce((sum, each) => sum * 256 + each, 0) : undefined;
}
