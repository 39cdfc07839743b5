import { isIP } from "node:net";
import type { EgressPolicy } from "@bedplate/environment";
import { type Destination, isAllowed } from "./egress-rules.ts";

/** Hosts of the network that a fake machine sees, by name. Every port of every host is open. */
export type FakeHosts = Readonly<Record<string, string>>;

/** Connections of one machine to the network outside, under its policy. */
export class FakeNetwork {
  readonly #hosts: FakeHosts;
  readonly #held = new Map<Destination, () => void>();
  policy: EgressPolicy;

  constructor(options: { readonly hosts: FakeHosts; readonly policy: EgressPolicy }) {
    this.#hosts = options.hosts;
    this.policy = options.policy;
  }

  /** Where a host is, if the policy lets a connection through to it. */
  open(host: string, port: number): Destination | undefined {
    const address = isIP(host) === 0 ? this.#hosts[host] : host;
    if (address === undefined) return undefined;
    const to = { ...(isIP(host) === 0 && { host }), address, port };
    return isAllowed(this.policy, to) ? to : undefined;
  }

  /** Resolves when the connection is cut. */
  hold(to: Destination): Promise<void> {
    return new Promise((resolve) => {
      this.#held.set(to, () => {
        this.#held.delete(to);
        resolve();
      });
    });
  }

  /** Puts another policy in place, and cuts what it denies. */
  set(policy: EgressPolicy): void {
    this.policy = policy;
    for (const [to, cut] of [...this.#held]) if (!isAllowed(policy, to)) cut();
  }
}
