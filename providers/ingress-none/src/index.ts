export { type NoIngressOptions, openNoIngress } from "./no-ingress.ts";
export { provider } from "./provider.ts";
