import { describeConformance } from "@bedplate/conformance/vitest";
import { ingressConformance } from "@bedplate/ingress/conformance";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { openTarget } from "./open-target.ts";

describeWithEngines("HAProxy", ["haproxy"], () => {
  describeConformance({
    name: "ingress-haproxy",
    cases: ingressConformance,
    open: openTarget,
    undeclared: [
      "IG22",
      "IG23",
      "IG33",
      "IG34",
      "IG40",
      "IG41",
      "IG42",
      "IG43",
      "IG46",
      "IG72",
      "IG82",
    ],
  });
});
