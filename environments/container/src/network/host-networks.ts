import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EgressPolicy } from "@bedplate/environment";
import { nativeProgram } from "../launch/native-program.ts";
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
import { removal } from "./present-rules.ts";
import { Resolver, type ResolverClient } from "./resolver.ts";
import { machineRules, nameElements, packetRules } from "./rules.ts";
import { runTool } from "./run-tool.ts";
import { SharedBridge } from "./shared-bridge.ts";
import { Turns } from "./turns.ts";

/** What the networks of an owner are made with. */
export interface HostNetworksOptions {
  readonly mark: string;
  readonly subnet: string;
  /** Where servers of this computer leave word for each other. */
  readonly folder: string;
  readonly upstream: { readonly address: string; readonly port: number };
  /** Packets that may leave a machine in a second; 0 for any number. */
  readonly packetsPerSecond: number;
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
  /** Chains that may be there: to ask takes as long as to start a machine's runtime. */
  readonly #ruled: Set<string>;
  /** Counts policies: each has sets of names of its own. */
  #generation = 0;
  /** One change of a berth's rules after another. */
  readonly #turns = new Turns();

  private constructor(
    options: HostNetworksOptions,
    parts: {
      readonly bridge: SharedBridge;
      readonly resolver: Resolver;
      readonly clients: Map<string, ResolverClient>;
      readonly ruled: Set<string>;
    },
  ) {
    this.#options = options;
    this.#bridge = parts.bridge;
    this.#resolver = parts.resolver;
    this.#clients = parts.clients;
    this.#ruled = parts.ruled;
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
    return new HostNetworks(options, { bridge, resolver, clients, ruled: await presentChains() });
  }

  async prepare(berth: number): Promise<void> {
    const network = this.#of(berth);
    await this.detach(berth);
    const { namespace, device, address } = network;
    const words = ["add", namespace, device, bridgeName, address, this.nameServer];
    await runTool({ program: nativeProgram("network"), words });
    await this.#thin(namespace);
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
    if (this.#ruled.has(network.chain)) await this.#removeRules(network);
    if (!existsSync(this.namespaceOf(berth))) return;
    const words = ["remove", network.namespace, network.device];
    await runTool({ program: nativeProgram("network"), words });
  }

  async close(options: { hasMachines(): boolean }): Promise<void> {
    await this.#resolver[Symbol.asyncDispose]();
    await this.#bridge.leave(options);
  }

  // In the machine's own name space, which holds it: it goes when that does.
  async #thin(namespace: string): Promise<void> {
    const { packetsPerSecond } = this.#options;
    if (packetsPerSecond === 0) return;
    const words = ["netns", "exec", namespace, "nft", "-f", "-"];
    await runTool({ program: "ip", words, input: packetRules(packetsPerSecond) });
  }

  #removeRules(network: BerthNetwork): Promise<void> {
    return this.#turns.take(network.chain, async () => {
      const input = await removal(network);
      if (input !== "") await runTool({ program: "nft", words: ["-f", "-"], input });
      this.#ruled.delete(network.chain);
    });
  }

  #apply(network: BerthNetwork, policy: EgressPolicy): Promise<void> {
    return this.#turns.take(network.chain, async () => {
      this.#ruled.add(network.chain);
      const generation = ++this.#generation;
      const resolverPort = this.#resolver.port;
      const rules = machineRules(network, { policy, resolverPort, generation });
      const input = `${await removal(network)}${rules}`;
      await runTool({ program: "nft", words: ["-f", "-"], input });
      this.#clients.set(network.address, this.#client(network, { policy, generation }));
    });
  }

  #client(
    network: BerthNetwork,
    { policy, generation }: { readonly policy: EgressPolicy; readonly generation: number },
  ): ResolverClient {
    const client: ResolverClient = {
      policy,
      open: (rule, found) =>
        this.#turns.take(network.chain, async () => {
          if (this.#clients.get(network.address) !== client)
            throw new Error("the policy is another by now");
          const input = nameElements(network.berth, { generation, rule, ...found });
          await runTool({ program: "nft", words: ["-f", "-"], input });
        }),
    };
    return client;
  }

  #of(berth: number): BerthNetwork {
    return berthNetwork(berth, this.#options);
  }
}

/** Chains of machines that an earlier life of this host may have left. */
async function presentChains(): Promise<Set<string>> {
  const said = await runTool({ program: "nft", words: ["list", "table", "inet", tableName] });
  return new Set(said.match(/(?<=chain )m\d+(?= )/g));
}

async function bound({ namespace }: BerthNetwork, bytesPerSecond: number): Promise<void> {
  const rate = `${Math.max(1, bytesPerSecond) * 8}bit`;
  const shape = ["tbf", "rate", rate, "burst", String(burstBytes), "latency", `${queueMs}ms`];
  const words = ["-n", namespace, "qdisc", "replace", "dev", "eth0", "root", ...shape];
  await runTool({ program: "tc", words });
}
