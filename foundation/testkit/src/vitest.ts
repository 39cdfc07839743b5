import { describe, test } from "vitest";
import { engineAbsence } from "./engines/absence.ts";
import type { EngineKind } from "./engines/engine.ts";

/** The environment variable by which the gate says that nothing may be left out. */
const allVariable = "BEDPLATE_TEST_ALL";

/**
 * Registers tests that need engines. Where one is absent, one test is listed as left out in their
 * place, with the reason; with `BEDPLATE_TEST_ALL=1` that test fails.
 */
export function describeWithEngines(
  name: string,
  engines: readonly EngineKind[],
  body: () => void,
): void {
  const absent = engines.flatMap((kind) => {
    const reason = engineAbsence(kind);
    return reason === undefined ? [] : [`${kind}: ${reason}`];
  });
  describe(name, absent.length === 0 ? body : () => listAsLeftOut(name, absent.join("; ")));
}

/** Registers one test that says what is left out and why; it fails where nothing may be left out. */
export function listAsLeftOut(what: string, reason: string): void {
  const text = `left out: ${what} (${reason})`;
  test(text, (context) => {
    if (process.env[allVariable] === "1") throw new Error(`${text}, and ${allVariable} is 1`);
    process.stdout.write(`${text}\n`);
    context.skip(reason);
  });
}
