export { provider } from "./provider.ts";
export {
  openProxyIngress,
  type ProxyIngressDriver,
  type ProxyIngressOptions,
} from "./proxy-ingress.ts";
