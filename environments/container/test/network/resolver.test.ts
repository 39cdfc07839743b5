import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllowed } from "../../src/network/cut-connections.ts";
import { readAddresses, readQuestion } from "../../src/network/dns-message.ts";
import { ruleFor } from "../../src/network/resolver.ts";

const query = Buffer.from(
  "1234010000010000000000000765 78616d706c65036f72670000010001"
    .replaceAll(" ", "")
    .replace("0765", "0765"),
  "hex",
);

describe("names of machines", () => {
  it("are read from a question", () => {
    expect(readQuestion(query)).toMatchObject({ id: 0x1234, name: "example.org", type: 1 });
  });

  it("are never read out of bounds, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        readQuestion(Buffer.from(bytes));
        readAddresses(Buffer.from(bytes));
      }),
    );
  });

  it("are let through by the first rule that names them", () => {
    const policy = {
      rules: [
        { action: "deny", domain: "bad.example.org" },
        { action: "allow", domain: "*.example.org" },
      ],
      otherwise: "deny",
    } as const;
    expect(ruleFor(policy, "bad.example.org")).toBe("deny");
    expect(ruleFor(policy, "good.example.org")).toBe(1);
    expect(ruleFor(policy, "example.org")).toBe("deny");
    expect(ruleFor({ rules: [], otherwise: "allow" }, "any.test")).toBe("otherwise");
  });

  it("and connections are judged by addresses and ports in the order of the rules", () => {
    const policy = {
      rules: [
        { action: "deny", cidr: "203.0.113.0/28" },
        { action: "allow", cidr: "203.0.113.0/24", ports: { from: 80, to: 90 } },
      ],
      otherwise: "deny",
    } as const;
    expect(isAllowed(policy, { address: "203.0.113.5", port: 80 })).toBe(false);
    expect(isAllowed(policy, { address: "203.0.113.50", port: 80 })).toBe(true);
    expect(isAllowed(policy, { address: "203.0.113.50", port: 91 })).toBe(false);
  });
});
