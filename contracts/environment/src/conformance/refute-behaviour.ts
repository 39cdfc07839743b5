import { digestBytes } from "@bedplate/codec";
import type { GuestEvent, StateReader } from "../facets/invoke.ts";
import type { Executed } from "../gate/gated-invoke.ts";
import type { CaseRig } from "./case-rig.ts";
import type { OptionalProgramName, ProgramName } from "./conformance-subject.ts";
import { ensure } from "./expectations.ts";

/** Everything that one run showed of the behaviours that a language may lack. */
interface Shown {
  readonly executed: Executed;
  readonly peeks: number;
  readonly calls: number;
}

/** Behaviours that can be seen from outside, and how. */
const signs: { readonly [N in OptionalProgramName]?: (shown: Shown) => boolean } = {
  trap: ({ executed }) => executed.outcome.kind === "trapped",
  read: ({ peeks }) => peeks > 0,
  write: ({ executed }) => executed.writes.length > 0,
  events: ({ executed }) => executed.events.some(isEvent),
  call: ({ calls }) => calls > 0,
  callStatic: ({ calls }) => calls > 0,
  unsupported: ({ executed }) => executed.outcome.kind === "refused",
};

/** The twin of a behaviour that a language has not: no program of the subject may show it. */
export async function refuteBehaviour(rig: CaseRig, name: OptionalProgramName): Promise<void> {
  const isShown = signs[name];
  if (isShown === undefined || !rig.declares("invoke")) return;
  for (const program of Object.keys(rig.subject.programs) as ProgramName[]) {
    if (isLeftOut(program)) continue;
    if (rig.subject.programs[program] === undefined) continue;
    if (!(await isAdmitted(rig, program))) continue;
    const shown = await show(rig, program);
    ensure(
      !isShown(shown),
      `the program "${program}" shows what "${name}" is said not to be able to`,
    );
  }
}

/** What does not end, and what proves something that the manifest declares: it may need more than it proves. */
function isLeftOut(program: ProgramName): boolean {
  return ["corrupt", "spin", "stubborn", "picky", "credit"].includes(program);
}

/** What is refused before it becomes an instance shows nothing. */
async function isAdmitted(rig: CaseRig, program: ProgramName): Promise<boolean> {
  const environment = await rig.environment();
  const digest = digestBytes(rig.program(program).artifact);
  return (await environment.admit(digest, rig.call())).isAdmitted;
}

async function show(rig: CaseRig, program: ProgramName): Promise<Shown> {
  let [peeks, calls] = [0, 0];
  const reads: StateReader = {
    peek() {
      peeks += 1;
      return null;
    },
    load: async () => {},
  };
  const call = async () => {
    calls += 1;
    return { kind: "returned", output: new Uint8Array() } as const;
  };
  const hasCalls = rig.manifest.declares.invoke?.crossCalls ?? false;
  const options = { payload: "1", reads, ...(hasCalls && { call }) };
  const executed = await rig.runFresh(program, options);
  return { executed, peeks, calls };
}

// A language without events may still print: its program `echo` would then say so.
function isEvent({ data }: GuestEvent): boolean {
  return data.length > 0;
}
