import type { EgressPolicy } from "@bedplate/environment";
import { expect, test } from "vitest";
import { isAllowed } from "../src/machine/egress-rules.ts";

const web = { host: "api.example.org", address: "203.0.113.7", port: 443 };
const metadata = { address: "169.254.169.254", port: 80 };
const open: EgressPolicy = { rules: [], otherwise: "allow" };

test.for<readonly [string, EgressPolicy, { address: string; port: number }, boolean]>([
  ["everything public is open where that is the default", open, web, true],
  ["nothing private is", open, metadata, false],
  ["nor an address of IPv6 that is local", open, { address: "fd00::1", port: 80 }, false],
  [
    "a private address that is named is",
    { rules: [{ action: "allow", cidr: "169.254.169.254/32" }], otherwise: "deny" },
    metadata,
    true,
  ],
  [
    "a name does not open the way to a private address",
    { rules: [{ action: "allow", domain: "*.example.org" }], otherwise: "deny" },
    { ...web, address: "10.0.0.1" },
    false,
  ],
  [
    "all members of a rule have to fit",
    {
      rules: [{ action: "allow", domain: "api.example.org", ports: { from: 80, to: 80 } }],
      otherwise: "deny",
    },
    web,
    false,
  ],
  [
    "IPv4 fits no rule of IPv6",
    { rules: [{ action: "deny", cidr: "::/0" }], otherwise: "allow" },
    web,
    true,
  ],
])("%s", ([, policy, to, expected]) => {
  expect(isAllowed(policy, to)).toBe(expected);
});
