import { describe, expect, it } from "vitest";
import { berthNetwork } from "../../src/network/addresses.ts";
import { machineRules, nameElements, removedRules } from "../../src/network/rules.ts";

const network = berthNetwork(7, { mark: "test", subnet: "10.99.0.0/16" });
const policy = { rules: [{ action: "allow", domain: "example.org" }], otherwise: "deny" } as const;
const rulesOf = (generation: number) =>
  machineRules(network, { policy, resolverPort: 5353, generation });
const setOf = (text: string) => /names_\S+/.exec(text)?.[0] ?? "none";

describe("the rules of a berth", () => {
  it("have sets of names that only answers under the same policy fill", () => {
    const found = { rule: 0, addresses: ["192.0.2.1"], ttlSeconds: 60 };
    const elements = nameElements(network.berth, { generation: 1, ...found });
    expect(rulesOf(1)).toContain(`add set inet bedplate ${setOf(elements)} {`);
    expect(rulesOf(2)).not.toContain(setOf(elements));
  });

  it("are taken away with their sets, those of an earlier release as well", () => {
    const listing = `ip daddr @${setOf(rulesOf(3))} accept\nip daddr @names_7_0 accept\n`;
    const removed = removedRules(network, listing);
    expect(removed).toContain(`delete set inet bedplate ${setOf(rulesOf(3))}\n`);
    expect(removed).toContain("delete set inet bedplate names_7_0\n");
  });
});
