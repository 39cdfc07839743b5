import { digestBytes } from "@bedplate/codec";
import type { CaseRig } from "./case-rig.ts";
import { readsOf } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual } from "./expectations.ts";
import { all, capturedEffects, credits, facet, invocationChecks } from "./requirements.ts";

const invoke = facet("invoke");

/** IV-25 to IV-27: what is said of an invocation beforehand, and what batches of them need. */
export const batchCases: readonly ConformanceCase[] = [
  {
    id: "IV-25",
    law: "A check says whether an invocation can run, and why not; nothing runs",
    requires: all(invoke, invocationChecks),
    run: checksTellTheTruth,
  },
  {
    id: "IV-26",
    law: "A run that credits a key has not read it: whatever number is there, the receipt is the same",
    requires: all(invoke, capturedEffects, credits),
    async run(rig) {
      const first = await rig.runFresh("credit");
      const { credits: found = [], writes, receipt } = first;
      ensure(found.length > 0, "it credited nothing");
      const numbers = found.map(({ key }) => ({ key, value: Uint8Array.of(1) }));
      const state = [...(rig.program("credit").state ?? []), ...numbers];
      const second = await rig.runFresh("credit", { reads: readsOf(state) });
      ensureEqual(second.credits, found, "credits on other numbers");
      ensureEqual(second.writes, writes, "writes on other numbers");
      ensureEqual(second.receipt, receipt, "receipt on other numbers");
    },
  },
  {
    id: "IV-27",
    law: "What opens and closes a batch of an artifact are entries of it",
    requires: invoke,
    async run(rig) {
      const environment = await rig.environment();
      for (const program of Object.values(rig.subject.programs)) {
        const admission = await environment.admit(digestBytes(program.artifact), rig.call());
        if (!admission.isAdmitted || admission.batch === undefined) continue;
        const { opens, closes } = admission.batch;
        for (const entry of [opens, closes]) {
          ensure(admission.entries.includes(entry), `${entry} is no entry`);
        }
      }
    },
  },
];

async function checksTellTheTruth(rig: CaseRig): Promise<void> {
  const environment = await rig.environment();
  const artifact = digestBytes(rig.program("picky").artifact);
  const check = (payload: string) =>
    environment.check(artifact, rig.invocation("picky", { payload }), rig.call());
  const fit = await check("yes");
  ensure(fit.isFit, "what can run was found unfit");
  ensureEqual(await check("yes"), fit, "the next answer");
  const { outcome, usage } = await rig.runFresh("picky", { payload: "yes" });
  ensure(outcome.kind !== "refused", "what was found fit is refused");
  const { fuelMax = Number.POSITIVE_INFINITY } = fit;
  ensure(usage.fuel <= fuelMax, `it used ${usage.fuel} fuel of the ${fuelMax} that it may use`);
  const unfit = await check("no");
  ensure(!unfit.isFit, "what cannot run was found fit");
  ensure(unfit.code.length > 0 && unfit.reason.length > 0, "it does not say why");
  ensureEqual(await check("no"), unfit, "the next answer");
  const refused = await rig.runFresh("picky", { payload: "no" });
  ensureEqual(refused.outcome.kind, "refused", "outcome of what was found unfit");
  ensureEqual(refused.usage.fuel, 0, "fuel of what was found unfit");
  ensureEqual(refused.writes, [], "writes of what was found unfit");
}
