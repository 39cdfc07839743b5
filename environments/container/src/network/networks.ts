import type { EgressPolicy } from "@bedplate/environment";

/** What machines have of the network; by berth. */
export interface Networks {
  /** Gives a berth its network, through which nothing passes yet. */
  prepare(berth: number): Promise<void>;
  /** Puts a machine's policy and bound in force. */
  attach(berth: number, machine: NetworkWish): Promise<void>;
  /** Knows a machine again that was attached in an earlier life of this host. */
  adopt(berth: number, machine: NetworkWish): Promise<void>;
  /** The path of the berth's name space; undefined: the machine gets a new, empty one. */
  namespaceOf(berth: number): string | undefined;
  /** Who resolves names for machines; undefined where there is no network. */
  readonly nameServer: string | undefined;
  setPolicy(berth: number, policy: EgressPolicy): Promise<void>;
  /** Takes everything away; what is not there is taken already. */
  detach(berth: number): Promise<void>;
  /** Ends what this process does for machines, and what all share where nobody is left. */
  close(options: { hasMachines(): boolean }): Promise<void>;
}

export interface NetworkWish {
  readonly egress?: EgressPolicy | undefined;
  readonly egressBytesPerSecond?: number | undefined;
}

/** Machines without any network but their own loopback. */
export const noNetworks: Networks = {
  prepare: async () => {},
  attach: async () => {},
  adopt: async () => {},
  namespaceOf: () => undefined,
  nameServer: undefined,
  setPolicy: async () => {},
  detach: async () => {},
  close: async () => {},
};
