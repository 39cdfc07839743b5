import { faultOf } from "@bedplate/testkit";
import { describe, expect, it } from "vitest";
import { egressPolicyOf } from "../../src/e2b/control/egress-policy.ts";

describe("egressPolicyOf", () => {
  it("puts what is allowed before what is denied", () => {
    const policy = egressPolicyOf(
      { allowOut: ["1.1.1.1", "api.example.com"], denyOut: ["0.0.0.0/0"] },
      true,
    );
    expect(policy).toEqual({
      rules: [
        { action: "allow", cidr: "1.1.1.1/32" },
        { action: "allow", domain: "api.example.com" },
        { action: "deny" },
      ],
      otherwise: "allow",
    });
  });

  it("is closed where the sandbox has no internet", () => {
    expect(egressPolicyOf({}, false)).toEqual({ rules: [], otherwise: "deny" });
  });

  it.each([
    "10.0.0.0/8",
    "10.1.2.3",
    "169.254.169.254",
    "192.168.0.0/16",
    "127.0.0.1",
    "8.0.0.0/5",
    "172.0.0.0/8",
  ])("lets nobody ask for %s, which is behind the node", (range) => {
    const failed = () =>
      Promise.reject(thrownBy(() => egressPolicyOf({ allowOut: [range] }, true)));
    return expect(faultOf(failed())).resolves.toMatchObject({ code: "argument.invalid" });
  });

  it("takes everything for everything public", () => {
    const { rules } = egressPolicyOf({ allowOut: ["0.0.0.0/0"] }, true);
    expect(rules).toEqual([{ action: "allow" }]);
  });

  it("says what it has not", () => {
    expect(() => egressPolicyOf({ egressProxy: { address: "x" } }, true)).toThrow("not supported");
    expect(() => egressPolicyOf({ rules: { "a.example": [] } }, true)).toThrow("not supported");
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
