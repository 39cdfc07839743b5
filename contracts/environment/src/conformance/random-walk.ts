import { isFault } from "@bedplate/errors";
import type { Phase } from "../phase.ts";
import type { CaseRig } from "./case-rig.ts";
import { ensure, ensureEqual, thrownBy } from "./expectations.ts";
import { attempt, nextPhase, operationsOf } from "./phase-walk.ts";

/** Longest random sequence. */
const stepsMax = 8;

/** EE-43: random operations on instance after instance, each answer compared with the phase table. */
export async function walkAtRandom(rig: CaseRig): Promise<void> {
  const operations = operationsOf(rig);
  const { environment } = await rig.open();
  for (let i = 0; i < (rig.subject.repeats ?? 1000); i++) {
    const instance = await rig.instance("echo", { environment, isStarted: false });
    let phase: Phase = "created";
    const walked: string[] = [];
    for (const byte of rig.random.bytes(stepsMax)) {
      const operation = operations[byte % operations.length] ?? "status";
      const next = nextPhase(operation, phase);
      walked.push(operation);
      const error = await thrownBy(() => attempt(rig, instance, operation));
      const path = `${walked.join(" ")} from ${phase}`;
      if (next === undefined) ensure(isFault(error, "phase.illegal"), `${path}: ${String(error)}`);
      else ensure(error === undefined, `${path}: ${String(error)}`);
      phase = next ?? phase;
      ensureEqual(instance.phase, phase, `phase after ${path}`);
    }
    await rig.retire(instance);
  }
}
