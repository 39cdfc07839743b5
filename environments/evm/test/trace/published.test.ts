import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TraceStep } from "../../src/engine.ts";
import { instructionSetOf } from "../../src/instructions/instruction-set.ts";
import { type OpenEngine, openEngine } from "../../src/open-engine.ts";
import { forkOfLabel } from "../../src/statetest/fork-label.ts";
import { runStateTestCase } from "../../src/statetest/run-state-test.ts";
import type { StateTest } from "../../src/statetest/state-test.ts";
import { readTestFile } from "../../src/statetest/test-files.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = process.env["BEDPLATE_VECTORS"] ?? join(root, "../shared/data");
const packs = ["eest-v5.4.0-Osaka", "ethereum-tests-v13.3-Cancun"]
  .map((name) => join(folder, `evm/${name}.jsonl.gz`))
  .filter((path) => existsSync(path));
/** Cases of each pack, and each so many-th test of it. */
const [casesMax, every] = [100, 29];
/** Longer traces are compared up to here. */
const stepsMax = 5_000;
const slow = /50000|loopMul|loopExp|Calldepth|CALLCODEBlake2f/;

const compiled = await openEngine("compiled");
const reference = await openEngine("reference");

async function stepsOf(each: StateTest, { transactor, crypto }: OpenEngine) {
  const steps: TraceStep[] = [];
  const tracer = { step: (step: TraceStep) => void (steps.length < stepsMax && steps.push(step)) };
  const [one] = each.cases;
  if (one !== undefined) await runStateTestCase(each, one, { transactor, crypto, tracer });
  return steps;
}

/**
 * As both engines have it: the reference calls what the fork does not define INVALID, and does not tell of
 * the STOP behind the end of code. What calls and the last instruction of a frame cost is not compared.
 */
function comparable(steps: readonly TraceStep[], isDefined: Uint8Array): readonly string[] {
  const told = steps.filter(({ op }) => op !== 0);
  return told.map((step, at) => {
    const { pc, op, gas, gasCost, memorySize, stack, depth, refund } = step;
    const isLast = told[at + 1]?.depth !== depth || op >= 0xf0;
    const cost = isLast ? "" : gasCost;
    return [
      pc,
      isDefined[op] === 1 ? op : 0xfe,
      gas,
      cost,
      memorySize,
      depth,
      refund,
      ...stack,
    ].join();
  });
}

test.skipIf(packs.length < 2)(
  "both engines trace published tests alike",
  {
    timeout: 170_000,
  },
  async () => {
    let [cases, steps] = [0, 0];
    for (const pack of packs) {
      let [taken, at] = [0, 0];
      const keccak256 = (bytes: Uint8Array) => compiled.crypto.keccak256(bytes);
      for await (const each of readTestFile(pack, { keccak256 })) {
        if (at++ % every !== 0 || slow.test(each.name)) continue;
        const fork = forkOfLabel(each.cases[0]?.fork ?? "")?.fork;
        if (fork === undefined || taken++ >= casesMax) continue;
        const { isDefined } = instructionSetOf(fork);
        const [left, right] = [await stepsOf(each, compiled), await stepsOf(each, reference)];
        const count = Math.min(left.length, right.length);
        if (left.length < stepsMax) {
          expect(comparable(left, isDefined), each.name).toEqual(comparable(right, isDefined));
        } else {
          const longest = (all: readonly TraceStep[]) =>
            comparable(all.slice(0, count / 2), isDefined);
          expect(longest(left), each.name).toEqual(longest(right));
        }
        cases++;
        steps += left.length;
      }
    }
    expect(cases).toBeGreaterThan(150);
    expect(steps).toBeGreaterThan(10_000);
  },
);
