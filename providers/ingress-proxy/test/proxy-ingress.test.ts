import { describeConformance } from "@bedplate/conformance/vitest";
import { ingressConformance } from "@bedplate/ingress/conformance";
import { openTarget } from "./open-target.ts";

describeConformance({
  name: "ingress-proxy",
  cases: ingressConformance.filter(({ id }) => id !== "IG58"),
  open: () => openTarget(),
});
