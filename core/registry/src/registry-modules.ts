import type { Clock, Random } from "@bedplate/clock";
import type { Offer } from "@bedplate/environment";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { OpenMount } from "./bundle.ts";

/** What a registry is built from. */
export interface RegistryModules {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly openMount: OpenMount;
  readonly hostOffer: Offer;
  /** Ed25519 public keys in SPKI PEM, by key id. With any, unsigned releases are refused. */
  readonly trustedKeys?: Readonly<Record<string, string>> | undefined;
}

/** A release as people name it. */
export interface ReleaseName {
  readonly name: string;
  readonly version: string;
}
