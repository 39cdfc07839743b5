import type { KeyedCall } from "../call.ts";

/** Ports of a machine that its node can reach. Who may reach them through the node is the host's policy. */
export interface ServeParams {
  readonly protocols: readonly ServeProtocol[];
}

export type ServeProtocol = "tcp" | "udp" | "http" | "h2";

export interface ServeDriver {
  /**
   * Opens a way to a port. The same port and protocol again give the same address; it stays the same
   * while the machine pauses, and is nobody's after `withdraw` or the machine's end. Whether a guest
   * listens there is not looked at.
   */
  expose(request: ServeRequest, call: KeyedCall): Promise<Endpoint>;
  /** Closes it, with the connections through it; closing twice does nothing. */
  withdraw(request: ServeRequest, call: KeyedCall): Promise<void>;
}

export interface ServeRequest {
  /** The guest's, 1 to 65 535. */
  readonly port: number;
  readonly protocol: ServeProtocol;
}

export interface Endpoint extends ServeRequest {
  /** Where the node reaches it: `host:port` or `unix:/path`. */
  readonly address: string;
}
