import { killerOf } from "@bedplate/conformance";
import { ingressConformance, ingressMutants } from "@bedplate/ingress/conformance";
import { expect, test } from "vitest";
import { openTarget } from "./open-target.ts";

test.for(ingressMutants)("the suite kills: $name", async ({ kills, ...mutant }) => {
  const options = { open: () => openTarget(mutant), timeoutMs: 6_000 };
  const killer = await killerOf(kills, ingressConformance, options);
  expect(kills).toContain(killer);
});
