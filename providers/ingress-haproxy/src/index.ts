export {
  type HaproxyIngressDriver,
  type HaproxyIngressOptions,
  type HaproxyTlsOptions,
  openHaproxyIngress,
} from "./haproxy-ingress.ts";
export { provider } from "./provider.ts";
