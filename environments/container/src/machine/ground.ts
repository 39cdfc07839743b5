import type { Berths } from "../berth/berths.ts";
import type { Moorings } from "../berth/moorings.ts";
import type { RuntimeName } from "../bundle/oci-config.ts";
import type { Cgroups } from "../cgroup/cgroups.ts";
import type { SettledConfig } from "../config.ts";
import type { Networks } from "../network/networks.ts";

/** What all machines of one owner on this host stand on. */
export interface Ground {
  /** The host's mark, as the contract has it. */
  readonly owner: string;
  /** Who holds berths: two kinds of machines of one host are not each other's. */
  readonly holder: string;
  /** A short form of it, for names that the kernel bounds. */
  readonly mark: string;
  /** Build digest of the release. */
  readonly release: string;
  readonly runtime: RuntimeName;
  /** Runtime and version: a memory image is read by the same one only. */
  readonly engine: string;
  /** Where the runtime's program is. */
  readonly program: string;
  /** Where the guest agent's program is. */
  readonly guestProgram: string;
  readonly config: SettledConfig;
  readonly berths: Berths;
  readonly moorings: Moorings;
  readonly cgroups: Cgroups;
  readonly networks: Networks;
  /** The empty version 2 hierarchy of a hybrid host, which crun must not see. */
  readonly hidden: string | undefined;
}

/** Longest time for what the host itself does: mounting, starting, killing. */
export const hostTimeoutMs = 30_000;
