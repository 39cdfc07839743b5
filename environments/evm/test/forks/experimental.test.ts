import { isFault } from "@bedplate/errors";
import { expect, test } from "vitest";
import { type Fork, forkOf } from "../../src/forks/fork.ts";
import { openEngine } from "../../src/open-engine.ts";
import { type CodeRun, runCode } from "../../src/run/run-code.ts";
import { forkOfLabel } from "../../src/statetest/fork-label.ts";

/** Numbers from 1 to 17; DUPN of the 17th (EIP-8024), kept in memory and returned. */
const pushes = Array.from({ length: 17 }, (_, index) => [0x60, index + 1]).flat();
const code = Uint8Array.of(...pushes, 0xe6, 0x80, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3);
const amsterdam = forkOf("amsterdam", { isExperimental: true });

const runOf = (fork: Fork): CodeRun => ({
  fork,
  code,
  input: new Uint8Array(),
  gas: 100_000n,
  value: 0n,
  gasPrice: 0n,
  sender: new Uint8Array(20).fill(1),
  to: new Uint8Array(20).fill(2),
  isCreation: false,
  accounts: [],
});

test("the reference runs by rules that are not final, and only where they were asked for", async () => {
  using engine = await openEngine("reference");
  expect(forkOfLabel("Amsterdam")).toBeUndefined();
  expect(forkOfLabel("Amsterdam", { isExperimental: true })?.fork).toBe(amsterdam);
  const result = await runCode(runOf(amsterdam), engine);
  expect({ kind: result.kind, last: result.output.at(-1) }).toEqual({ kind: "success", last: 1 });
  expect(await runCode(runOf(forkOf("osaka")), engine)).toMatchObject({
    kind: "failure",
    failure: "invalidOpcode",
  });
});

test("the compiled engine refuses rules that it does not have", async () => {
  using engine = await openEngine("compiled", { tierOne: "off" });
  const refused = await runCode(runOf(amsterdam), engine).catch((error: unknown) => error);
  expect(isFault(refused, "argument.invalid")).toBe(true);
  expect(String(refused)).toContain("the reference does");
});
