import { faultBody, type IngressFault, ingressFaults } from "@bedplate/ingress";

/** The answer of a fault, as rules write it. */
export function answer(fault: IngressFault): string {
  const { status } = ingressFaults[fault];
  const hint = fault === "no-backend" ? " hdr retry-after 1" : "";
  const body = faultBody(fault).trim();
  return `status ${status} content-type application/json string '${body}' hdr x-fault ${fault}${hint}`;
}
