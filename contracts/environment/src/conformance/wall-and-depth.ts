import type { CaseRig } from "./case-rig.ts";
import { ensure, ensureEqual } from "./expectations.ts";

/** A wall budget that a spinning guest passes many times over on any machine. */
const wallMs = 60;

/** A busy host can miss the grace once; an environment that never ends a run by itself misses it always. */
const wallTries = 5;

/** IV-21: the environment itself ends a spinning guest, and the instance lives on. */
export async function wallTimeHolds(rig: CaseRig): Promise<void> {
  for (let i = 0; i < wallTries; i++) {
    const { environment } = await rig.open();
    const instance = await rig.instance("spin", { environment });
    const budget = rig.budget({ wallMs, fuel: undefined });
    const { outcome, writes } = await rig.run(instance, "spin", { budget });
    ensureEqual(outcome, { kind: "exhausted", meter: "wallMs" }, "outcome");
    ensureEqual(writes, [], "writes");
    if (instance.phase === "running") return;
  }
  ensure(false, `the host had to end it by force, ${wallTries} times in a row`);
}

/** Deepest call tree and largest depth that are tried. */
const levelsTried = 16;
const depthTried = 1024;

/** IV-17: finds the smallest depth that a call tree needs, and tries both sides of it. */
export async function depthIsExact(rig: CaseRig): Promise<void> {
  const instance = await rig.instance("recurse");
  const passes = async (levels: number, depth: number) => {
    const options = { payload: String(levels), budget: rig.budget({ depth }) };
    const { outcome } = await rig.run(instance, "recurse", options);
    if (outcome.kind === "returned") return true;
    ensureEqual(outcome, { kind: "exhausted", meter: "depth" }, `${levels} levels at ${depth}`);
    return false;
  };
  const needed = async (levels: number) => {
    let [low, high] = [-1, depthTried];
    ensure(await passes(levels, high), `${levels} levels do not pass at a depth of ${high}`);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (middle >= 0 && (await passes(levels, middle))) high = middle;
      else low = middle;
    }
    return high;
  };
  const depth = await needed(levelsTried);
  ensure(depth >= levelsTried, `${levelsTried} levels pass at a depth of ${depth}`);
  for (let again = 0; again < 3; again++) {
    ensure(await passes(levelsTried, depth), "what passed does not pass again");
    ensure(!(await passes(levelsTried, depth - 1)), "what did not pass passes now");
  }
  const more = await needed(levelsTried + 8);
  ensure(more >= depth + 8, `8 levels more need only ${more - depth} more depth`);
}
