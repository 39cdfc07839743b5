import { describe, expect, it } from "vitest";
import { cutFilter, isAllowed } from "../../src/network/cut-connections.ts";

const none = { rules: [], otherwise: "deny" } as const;
const all = { rules: [], otherwise: "allow" } as const;
const line = (peer: string) => `ESTAB 0 0 10.99.0.2:40000 ${peer}\n`;

describe("the connections that a policy ends", () => {
  it("are named all at once, equal ones once", () => {
    const said = [line("192.0.2.1:80"), line("[::ffff:192.0.2.1]:80"), line("192.0.2.2:443")];
    expect(cutFilter(none, said.join(""))).toBe("dst 192.0.2.1:80 or dst 192.0.2.2:443");
    expect(cutFilter(all, said.join(""))).toBe(undefined);
  });

  it("are no more than one command can name", () => {
    const said = Array.from({ length: 5000 }, (_, port) => line(`192.0.2.1:${port + 1}`)).join("");
    expect(cutFilter(none, said)?.split(" or ")).toHaveLength(256);
  });

  it("are those to private addresses too, but where a rule names their network", () => {
    const peer = { address: "192.168.1.1", port: 80 };
    expect(isAllowed(all, peer)).toBe(false);
    expect(isAllowed({ rules: [{ action: "allow" }], otherwise: "allow" }, peer)).toBe(false);
    const named = {
      rules: [{ action: "allow", cidr: "192.168.0.0/16" }],
      otherwise: "deny",
    } as const;
    expect(isAllowed(named, peer)).toBe(true);
    expect(isAllowed(all, { address: "192.0.2.1", port: 80 })).toBe(true);
  });
});
