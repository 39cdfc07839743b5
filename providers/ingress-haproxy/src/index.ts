export {
  type HaproxyIngressDriver,
  type HaproxyIngressOptions,
  openHaproxyIngress,
} from "./haproxy-ingress.ts";
export { provider } from "./provider.ts";
