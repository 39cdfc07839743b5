import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EgressPolicy } from "@bedplate/environment";
import { berthNetwork, gatewayOf, namespaceFolder } from "./addresses.ts";
import type { Networks, NetworkWish } from "./networks.ts";

/** Networks that are opened for the first machine: a server that makes none leaves the host as it is. */
export class LazyNetworks implements Networks {
  readonly nameServer: string;
  readonly #open: () => Promise<Networks>;
  readonly #place: { readonly mark: string; readonly subnet: string };
  #opened: Promise<Networks> | undefined;

  constructor(
    open: () => Promise<Networks>,
    place: { readonly mark: string; readonly subnet: string },
  ) {
    this.#open = open;
    this.#place = place;
    this.nameServer = gatewayOf(place.subnet);
  }

  async prepare(berth: number): Promise<void> {
    await (await this.#get()).prepare(berth);
  }

  async attach(berth: number, machine: NetworkWish): Promise<void> {
    await (await this.#get()).attach(berth, machine);
  }

  async adopt(berth: number, machine: NetworkWish): Promise<void> {
    await (await this.#get()).adopt(berth, machine);
  }

  namespaceOf(berth: number): string {
    return join(namespaceFolder, berthNetwork(berth, this.#place).namespace);
  }

  async setPolicy(berth: number, policy: EgressPolicy): Promise<void> {
    await (await this.#get()).setPolicy(berth, policy);
  }

  async detach(berth: number): Promise<void> {
    if (this.#opened === undefined && !existsSync(this.namespaceOf(berth))) return;
    await (await this.#get()).detach(berth);
  }

  async close(options: { hasMachines(): boolean }): Promise<void> {
    await (await this.#opened)?.close(options);
  }

  #get(): Promise<Networks> {
    this.#opened ??= this.#openOnce();
    return this.#opened;
  }

  /** What failed is not kept: the next machine tries again. */
  async #openOnce(): Promise<Networks> {
    try {
      return await this.#open();
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}
