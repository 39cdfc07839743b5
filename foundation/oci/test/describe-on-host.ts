import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { describe } from "vitest";

/** Registers tests that need something of the host; what is missing is listed, and fails in the gate. */
export function describeOnHost(name: string, missing: readonly string[], body: () => void): void {
  describe(name, missing.length === 0 ? body : () => listAsLeftOut(name, missing.join("; ")));
}
