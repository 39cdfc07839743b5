import {
  type DrainBody,
  drainNode,
  getNode,
  listNodes,
  type NodeView,
  undrainNode,
} from "@bedplate/routes";
import type { Transport } from "./transport.ts";

/** The hosts that run machines. */
export class NodesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async list(): Promise<readonly NodeView[]> {
    return (await this.#transport.call(listNodes)).nodes;
  }

  get(name: string): Promise<NodeView> {
    return this.#transport.call(getNode, { params: { name } });
  }

  /** No new machines; those that it has are moved, or stay until they end. */
  drain(name: string, body: DrainBody = {}): Promise<NodeView> {
    return this.#transport.call(drainNode, { params: { name }, body });
  }

  /** It takes machines again. */
  undrain(name: string): Promise<NodeView> {
    return this.#transport.call(undrainNode, { params: { name } });
  }
}
