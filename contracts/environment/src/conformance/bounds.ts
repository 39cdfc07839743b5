import type { Meter } from "../budget.ts";
import type { CaseRig, RunOptions } from "./case-rig.ts";
import type { ProgramName } from "./conformance-subject.ts";
import { ensure, ensureEqual } from "./expectations.ts";

/** The program that reaches each bound, and a bound low enough to be reached soon. */
const bounds: { readonly [M in Meter]?: readonly [ProgramName, number] } = {
  fuel: ["spin", 200_000],
  outputBytes: ["flood", 2_000],
  memoryBytes: ["hoard", 64 * 1024 * 1024],
  wallMs: ["spin", 60],
  cpuMs: ["spin", 60],
  depth: ["recurse", 24],
};

/** EE-35: exceeds each declared meter in an environment of its own, and looks at a neighbour. */
export async function boundsAreNamed(rig: CaseRig): Promise<void> {
  const neighbour = await rig.instance("echo");
  const alone = await rig.run(neighbour, "echo", { payload: "x" });
  for (const meter of rig.manifest.declares.invoke?.meters ?? []) {
    const [name, limit] = bounds[meter] ?? [];
    if (name === undefined || limit === undefined) continue;
    if (rig.subject.programs[name] === undefined) continue;
    for (const program of name === "spin" ? (["spin", "stubborn"] as const) : [name]) {
      if (rig.subject.programs[program] === undefined) continue;
      await boundIsNamed(rig, { meter, limit, program });
      const after = await rig.run(neighbour, "echo", { payload: "x" });
      ensureEqual(after.receipt, alone.receipt, `receipt of the neighbour after ${meter}`);
    }
  }
}

async function boundIsNamed(
  rig: CaseRig,
  options: { readonly meter: Meter; readonly limit: number; readonly program: ProgramName },
): Promise<void> {
  const { meter, limit, program } = options;
  const fuel = meter === "wallMs" || meter === "cpuMs" ? { fuel: undefined } : {};
  const run: RunOptions = { payload: "100000", budget: rig.budget({ ...fuel, [meter]: limit }) };
  const { environment } = await rig.open();
  const { outcome, writes, usage } = await rig.runFresh(program, { ...run, environment });
  ensureEqual(outcome, { kind: "exhausted", meter }, `outcome of ${program} over its ${meter}`);
  ensureEqual(writes, [], `writes of ${program}`);
  if (meter === "fuel") ensure(usage.fuel <= limit, `${usage.fuel} of ${limit} fuel were used`);
  if (meter === "outputBytes") ensure(usage.outputBytes <= limit, "more came out than allowed");
}
