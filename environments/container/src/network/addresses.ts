/** How one berth's network is called and addressed. */
export interface BerthNetwork {
  readonly berth: number;
  readonly namespace: string;
  /** The host's end of the cable. */
  readonly device: string;
  readonly address: string;
  /** Its chain of rules. */
  readonly chain: string;
}

/** The bridge that every machine of this host is plugged into. */
export const bridgeName = "bedplate0";

/**
 * The bridge's hardware address. One that has none of its own takes the least of its ports': it would
 * change as machines come and go, and those that stay would speak to an address that nobody has.
 */
export const bridgeHardwareAddress = "02:bd:00:00:00:01";

/** The table of rules. */
export const tableName = "bedplate";

/** Where named network spaces are, as iproute2 has it. */
export const namespaceFolder = "/run/netns";

/** Addresses before the first machine's: the network's own and the gateway's. */
const reserved = 2;

/** The network of a berth in a /16. The mark says whose it is, so that what is left is found. */
export function berthNetwork(
  berth: number,
  options: { readonly mark: string; readonly subnet: string },
): BerthNetwork {
  const place = berth + reserved;
  return {
    berth,
    namespace: `bpc-${options.mark}-${berth}`,
    device: `bpc${berth}`,
    address: `${prefixOf(options.subnet)}.${place >> 8}.${place & 255}`,
    chain: `m${berth}`,
  };
}

/** The host's address on the bridge. */
export function gatewayOf(subnet: string): string {
  return `${prefixOf(subnet)}.0.1`;
}

/** The first two numbers of a /16. */
function prefixOf(subnet: string): string {
  return subnet.split(".").slice(0, 2).join(".");
}
