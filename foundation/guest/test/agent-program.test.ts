import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type AgentArchitecture, agentProgram } from "../src/index.ts";

const digests = JSON.parse(
  readFileSync(new URL("../src/agent/digests.json", import.meta.url), "utf8"),
);

test.for([
  ["x86_64", 62],
  ["aarch64", 183],
] as const)(
  "the agent for %s is the one that was recorded: static, small, of its machine",
  ([name, machine]) => {
    const bytes = readFileSync(agentProgram(name satisfies AgentArchitecture));
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(
      digests[`${name}.elf`],
    );
    expect(bytes.subarray(0, 4).toString("latin1")).toBe("\u007fELF");
    expect(bytes.readUInt16LE(18)).toBe(machine);
    expect(bytes.length).toBeLessThan(150_000);
    // A static program asks for no interpreter: no program header of type 3.
    const count = bytes.readUInt16LE(56);
    const types = Array.from({ length: count }, (_, at) =>
      bytes.readUInt32LE(Number(bytes.readBigUInt64LE(32)) + at * bytes.readUInt16LE(54)),
    );
    expect(types).not.toContain(3);
  },
);
