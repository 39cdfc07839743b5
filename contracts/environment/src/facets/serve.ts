import type { KeyedCall } from "../call.ts";

/** Ports of a machine that the outside can reach. */
export interface ServeParams {
  readonly protocols: readonly ServeProtocol[];
  /** Whether a request to a paused machine may wake it. */
  readonly wakesFromPause: boolean;
}

export type ServeProtocol = "tcp" | "udp" | "http" | "h2";

export interface ServeDriver {
  expose(endpoint: ServeRequest, call: KeyedCall): Promise<Endpoint>;
  withdraw(port: number, call: KeyedCall): Promise<void>;
}

export interface ServeRequest {
  readonly port: number;
  readonly protocol: ServeProtocol;
}

export interface Endpoint extends ServeRequest {
  /** Where the node reaches it: `host:port` or `unix:/path`. */
  readonly address: string;
}
