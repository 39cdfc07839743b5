import { type IngressDriver, lentDriver } from "@bedplate/ingress";
import type { ScratchPlace } from "@bedplate/provider";
import { openProxyIngress, type ProxyIngressOptions } from "./proxy-ingress.ts";

/** A proxy of its own at a free port: what is opened on it is one proxy, and ends with the place. */
export async function openScratchPlace(
  options: ProxyIngressOptions,
): Promise<ScratchPlace<IngressDriver>> {
  const tls = options.tls && { ...options.tls, port: 0 };
  const proxy = await openProxyIngress({ ...options, port: 0, tls, journalPath: undefined });
  return {
    open: async () => lentDriver(proxy),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
