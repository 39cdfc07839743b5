import type { CaseRig } from "./case-rig.ts";
import type { OptionalProgramName } from "./conformance-subject.ts";

/** The twin of a behaviour that a language has not: no program of the subject may show it. */
export async function refuteBehaviour(_rig: CaseRig, _name: OptionalProgramName): Promise<void> {}
