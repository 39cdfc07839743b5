export { provider } from "./provider.ts";
export {
  openProxyIngress,
  type ProxyIngressDriver,
  type ProxyIngressOptions,
  type ProxyTlsOptions,
} from "./proxy-ingress.ts";
