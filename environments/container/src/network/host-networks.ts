import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EgressPolicy } from "@bedplate/environment";
import {
  type BerthNetwork,
  berthNetwork,
  bridgeName,
  gatewayOf,
  namespaceFolder,
  tableName,
} from "./addresses.ts";
import { cutConnections } from "./cut-connections.ts";
import type { Networks, NetworkWish } from "./networks.ts";
import { Resolver, type ResolverClient } from "./resolver.ts";
import { machineRules, nameElements, removedRules } from "./rules.ts";
import { runTool, tryTool } from "./run-tool.ts";
import { SharedBridge } from "./shared-bridge.ts";

/** What the networks of an owner are made with. */
export interface HostNetworksOptions {
  readonly mark: string;
  readonly subnet: string;
  /** Where servers of this computer leave word for each other. */
  readonly folder: string;
  readonly upstream: { readonly address: string; readonly port: number };
}

/** A burst that a bound lets through at once, and how long a packet may wait. */
const burstBytes = 32 * 1024;
const queueMs = 50;

/** A network name space for each machine, cabled to one bridge, behind rules of nftables. */
export class HostNetworks implements Networks {
  readonly nameServer: string;
  readonly #options: HostNetworksOptions;
  readonly #bridge: SharedBridge;
  readonly #resolver: Resolver;
  /** Policies by address; the resolver asks. */
  readonly #clients: Map<string, ResolverClient>;

  private constructor(
    options: HostNetworksOptions,
    parts: {
      readonly bridge: SharedBridge;
      readonly resolver: Resolver;
      readonly clients: Map<string, ResolverClient>;
    },
  ) {
    this.#options = options;
    this.#bridge = parts.bridge;
    this.#resolver = parts.resolver;
    this.#clients = parts.clients;
    this.nameServer = gatewayOf(options.subnet);
  }

  static async open(options: HostNetworksOptions): Promise<HostNetworks> {
    const bridge = new SharedBridge(options);
    await bridge.join();
    const clients = new Map<string, ResolverClient>();
    const resolver = await Resolver.open({
      address: gatewayOf(options.subnet),
      upstream: options.upstream,
      clientOf: (address) => clients.get(address),
    });
    return new HostNetworks(options, { bridge, resolver, clients });
  }

  async prepare(berth: number): Promise<void> {
    const network = this.#of(berth);
    await this.detach(berth);
    await runTool({ program: "ip", words: ["netns", "add", network.namespace] });
    await runTool({ program: "ip", words: ["-batch", "-"], input: cables(network) });
    const inside = ["-n", network.namespace, "-batch", "-"];
    await runTool({ program: "ip", words: inside, input: insideOf(network, this.nameServer) });
    const settings = ["netns", "exec", network.namespace, "sh", "-c", kernelSettings];
    await runTool({ program: "ip", words: settings });
  }

  async attach(berth: number, wish: NetworkWish): Promise<void> {
    const network = this.#of(berth);
    const { egress, egressBytesPerSecond: rate } = wish;
    await Promise.all([
      egress === undefined ? undefined : this.#apply(network, egress),
      rate === undefined ? undefined : bound(network, rate),
    ]);
  }

  async adopt(berth: number, { egress }: NetworkWish): Promise<void> {
    // The resolver has another port in this life.
    if (egress !== undefined) await this.#apply(this.#of(berth), egress);
  }

  namespaceOf(berth: number): string {
    return join(namespaceFolder, this.#of(berth).namespace);
  }

  async setPolicy(berth: number, policy: EgressPolicy): Promise<void> {
    const network = this.#of(berth);
    await this.#apply(network, policy);
    await cutConnections(network, policy);
  }

  async detach(berth: number): Promise<void> {
    const network = this.#of(berth);
    this.#clients.delete(network.address);
    const input = await removal(network);
    if (input !== "") await runTool({ program: "nft", words: ["-f", "-"], input });
    if (!existsSync(this.namespaceOf(berth))) return;
    await tryTool({ program: "ip", words: ["link", "delete", network.device] });
    await runTool({ program: "ip", words: ["netns", "delete", network.namespace] });
  }

  async close(options: { hasMachines(): boolean }): Promise<void> {
    await this.#resolver[Symbol.asyncDispose]();
    await this.#bridge.leave(options);
  }

  async #apply(network: BerthNetwork, policy: EgressPolicy): Promise<void> {
    const input = machineRules(network, { policy, resolverPort: this.#resolver.port });
    await runTool({
      program: "nft",
      words: ["-f", "-"],
      input: `${await removal(network)}${input}`,
    });
    this.#clients.set(network.address, {
      policy,
      open: async (rule, found) => {
        const elements = nameElements(network.berth, { rule, ...found });
        await runTool({ program: "nft", words: ["-f", "-"], input: elements });
      },
    });
  }

  #of(berth: number): BerthNetwork {
    return berthNetwork(berth, this.#options);
  }
}

// Machines on one bridge do not see each other: their ports speak to the bridge alone.
function cables({ namespace, device }: BerthNetwork): string {
  return [
    `link add ${device} type veth peer name eth0 netns ${namespace}`,
    `link set ${device} master ${bridgeName}`,
    `link set ${device} type bridge_slave isolated on`,
    `link set ${device} up`,
    "",
  ].join("\n");
}

function insideOf({ address }: BerthNetwork, gateway: string): string {
  return [
    "link set lo up",
    `address add ${address}/16 dev eth0`,
    "link set eth0 up",
    `route add default via ${gateway}`,
    "",
  ].join("\n");
}

/** No IPv6; ports below 1024 and echo requests need no privilege, as nothing else uses them here. */
const kernelSettings = [
  "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6",
  "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6",
  "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start",
  "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range",
].join("; ");

async function bound({ namespace }: BerthNetwork, bytesPerSecond: number): Promise<void> {
  const rate = `${Math.max(1, bytesPerSecond) * 8}bit`;
  const shape = ["tbf", "rate", rate, "burst", String(burstBytes), "latency", `${queueMs}ms`];
  const words = ["-n", namespace, "qdisc", "replace", "dev", "eth0", "root", ...shape];
  await runTool({ program: "tc", words });
}

/** What takes the present rules away; empty where there are none. */
async function removal(network: BerthNetwork): Promise<string> {
  const words = ["list", "chain", "inet", tableName, network.chain];
  const listing = await runTool({ program: "nft", words }).catch(() => "");
  return listing === "" ? "" : removedRules(network, listing);
}
