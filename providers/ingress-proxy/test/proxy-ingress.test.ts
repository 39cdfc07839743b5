import { describeConformance } from "@bedplate/conformance/vitest";
import { ingressConformance } from "@bedplate/ingress/conformance";
import { openTarget } from "./open-target.ts";

describeConformance({
  name: "ingress-proxy",
  cases: ingressConformance,
  open: () => openTarget(),
  blocked: { IG58: "it has no process of its own; IG57 kills the one that it is in" },
});
