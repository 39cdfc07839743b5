import { FaultError, faultTextMax, httpStatusOf, isConsistent } from "@bedplate/errors";
import type { CaseRig } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show, thrownBy } from "./expectations.ts";
import { faultProblem } from "./fault-shape.ts";
import { causeChain, failingRuns, oddFault, scrambled } from "./planted-faults.ts";
import { type Provocation, provocations } from "./provocations.ts";
import { facet } from "./requirements.ts";

const invoke = facet("invoke");

/** ER: what every fault has to be. */
export const errorCases: readonly ConformanceCase[] = [
  {
    id: "ER-01",
    law: "Every fault code of this contract can be provoked, and comes as that code",
    requires: invoke,
    async run(rig) {
      for (const each of provocations) await provoke(rig, each);
    },
  },
  {
    id: "ER-02",
    law: "Every fault fits the shape of a fault",
    requires: invoke,
    async run(rig) {
      for (const each of provocations) {
        const { fault } = await provoke(rig, each);
        ensureEqual(faultProblem(fault), undefined, `shape of ${each.code}`);
      }
    },
  },
  {
    id: "ER-03",
    law: "A fault that says it had no effect had none",
    requires: invoke,
    async run(rig) {
      for (const each of provocations) {
        if (each.opensItsOwn) continue;
        const before = await observable(rig);
        const { fault } = await provoke(rig, each);
        await rig.tidy();
        if (fault.effect !== "none") continue;
        ensureEqual(await observable(rig), before, `what can be seen after ${each.code}`);
      }
    },
  },
  {
    id: "ER-04",
    law: "What a fault says about repeating fits what it says about its effect",
    requires: invoke,
    async run(rig) {
      for (const each of provocations) {
        const { fault } = await provoke(rig, each);
        ensure(isConsistent(fault), `${fault.code}: ${fault.retry} after effect ${fault.effect}`);
      }
    },
  },
  {
    id: "ER-05",
    law: "A code that nobody knows crosses unchanged, and its kind says how to treat it",
    requires: invoke,
    async run(rig) {
      const odd = oddFault({ code: "x.later.overheated", kind: "exhausted", retry: "backoff" });
      const error = await thrownBy(() => failingRuns(rig, () => new FaultError(odd)));
      ensure(error instanceof FaultError, `saw ${String(error)}`);
      const { code, kind, retry, detail } = error.fault;
      const expected = { code: odd.code, kind: odd.kind, retry: odd.retry, detail: odd.detail };
      ensureEqual({ code, kind, retry, detail }, expected, "the fault");
      ensureEqual(httpStatusOf[kind], 429, "the status by its kind");
    },
  },
  {
    id: "ER-06",
    law: "Causes are kept over every hop, nearest first",
    requires: invoke,
    async run(rig) {
      const root = oddFault({ code: "x.disk.full", kind: "exhausted" });
      const middle = oddFault({ code: "x.store.stuck", kind: "unavailable", causes: [root] });
      const top = oddFault({ code: "x.engine.lost", kind: "unavailable", causes: [middle] });
      const error = await thrownBy(() => failingRuns(rig, () => new FaultError(top)));
      ensure(error instanceof FaultError, `saw ${String(error)}`);
      ensureEqual(
        causeChain(error.fault),
        ["x.engine.lost", "x.store.stuck", "x.disk.full"],
        "causes",
      );
    },
  },
  {
    id: "ER-07",
    law: "No fault quotes the guest: not its input, not what a plug-in threw about it",
    requires: invoke,
    async run(rig) {
      const secret = "quoted-secret-1b6e";
      const thrown = await thrownBy(() =>
        failingRuns(rig, () => new TypeError(`cannot read ${secret}`), { payload: secret }),
      );
      ensure(thrown instanceof FaultError, `saw ${String(thrown)}`);
      ensure(!show(thrown.fault).includes(secret), "the fault quotes what was thrown");
      const odd = { payload: secret, entry: "no-such-entry" };
      const refused = await thrownBy(() => rig.runFresh("echo", odd));
      ensure(refused instanceof FaultError, `saw ${String(refused)}`);
      ensure(!show(refused.fault).includes(secret), "the fault quotes the input");
    },
  },
  {
    id: "ER-08",
    law: "Nobody parses a message: with other texts everything is as before",
    requires: invoke,
    async run(rig) {
      const { environment, host } = await rig.open({ decorate: scrambled });
      const instance = await rig.instance("echo", { environment });
      await ensureFault(() => rig.run(instance, "echo", { entry: "no-such-entry" }), {
        code: "argument.invalid",
        effect: "none",
      });
      const corrupt = host.add(rig.program("corrupt").artifact);
      const { isAdmitted } = await environment.admit(corrupt, rig.call());
      ensureEqual(isAdmitted, false, "admission of a corrupt artifact");
      const executed = await rig.run(instance, "echo", { payload: "as before" });
      ensureEqual(rig.said("echo", executed), "as before", "what the guest said");
    },
  },
  {
    id: "ER-09",
    law: "Whatever a guest does is an outcome, never a fault",
    requires: invoke,
    async run(rig) {
      const expected = { echo: "returned", fail: "reverted", trap: "trapped", flood: "exhausted" };
      for (const [name, kind] of Object.entries(expected)) {
        if (rig.subject.programs[name as "echo"] === undefined) continue;
        const { outcome } = await rig.runFresh(name as "echo", { payload: "x" });
        ensureEqual(outcome.kind, kind, `outcome of ${name}`);
      }
    },
  },
  {
    id: "ER-10",
    law: "A fault leaves no trace in a receipt",
    requires: invoke,
    async run(rig) {
      const clean = await rig.runFresh("echo", { payload: "x" });
      const instance = await rig.instance("echo");
      for (let i = 0; i < 3; i++) {
        const error = await thrownBy(() => rig.run(instance, "echo", { entry: "no-such-entry" }));
        ensure(error instanceof FaultError, `saw ${String(error)}`);
        ensure(!("receipt" in error.fault), "the fault has a receipt");
        const next = await rig.run(instance, "echo", { payload: "x" });
        ensureEqual(next.receipt, clean.receipt, "receipt after a fault");
      }
    },
  },
  {
    id: "ER-11",
    law: "Blame is the caller's, the plug-in's or the provider's, as the defect was planted",
    requires: invoke,
    controls: ["blob-failure"],
    async run(rig) {
      await ensureFault(() => rig.runFresh("echo", { entry: "no-such-entry" }), {
        code: "argument.invalid",
        blame: "caller",
      });
      await ensureFault(() => failingRuns(rig, () => new TypeError("a planted bug")), {
        code: "internal.bug",
        blame: "plugin",
      });
      const { environment, host } = await rig.open();
      host.failBlobs(true);
      await ensureFault(() => environment.admit(rig.spec("echo").artifact, rig.call()), {
        code: "provider.unavailable",
        blame: "provider",
      });
      host.failBlobs(false);
      const { isAdmitted } = await environment.admit(rig.spec("echo").artifact, rig.call());
      ensure(isAdmitted, "a failure of the provider was remembered as the artifact's");
    },
  },
  {
    id: "ER-12",
    law: "Every kind has one HTTP status, and a fault survives a round trip as JSON",
    requires: invoke,
    async run(rig) {
      const statuses = Object.values(httpStatusOf);
      ensure(
        statuses.every((each) => each >= 400 && each < 600),
        "a status that is no error",
      );
      for (const each of provocations) {
        const { fault } = await provoke(rig, each);
        ensureEqual(typeof httpStatusOf[fault.kind], "number", `status of ${fault.kind}`);
        ensureEqual(JSON.parse(JSON.stringify(fault)), fault, `${fault.code} after the round trip`);
      }
    },
  },
  {
    id: "ER-13",
    law: "How long to wait before trying again crosses unchanged",
    requires: invoke,
    async run(rig) {
      const busy = oddFault({ code: "x.engine.busy", kind: "exhausted", retryAfterMs: 1234 });
      const error = await thrownBy(() => failingRuns(rig, () => new FaultError(busy)));
      ensure(error instanceof FaultError, `saw ${String(error)}`);
      ensureEqual(error.fault.retryAfterMs, 1234, "milliseconds to wait");
    },
  },
  {
    id: "ER-14",
    law: "Texts that are too long are cut, and the fault stays a fault",
    requires: invoke,
    async run(rig) {
      const long = "long ".repeat(20_000);
      const odd = oddFault({ code: "x.engine.chatty", kind: "internal", message: long });
      const planted = new FaultError({ ...odd, detail: { text: long } });
      const error = await thrownBy(() => failingRuns(rig, () => planted));
      ensure(error instanceof FaultError, `saw ${String(error)}`);
      const { message, detail } = error.fault;
      const texts = [message, String(detail["text"])];
      ensure(
        texts.every(({ length }) => length <= faultTextMax),
        "a text is longer than allowed",
      );
      ensureEqual(faultProblem(error.fault), undefined, "shape");
    },
  },
];

async function provoke(rig: CaseRig, each: Provocation): Promise<FaultError> {
  const error = await thrownBy(() => each.run(rig));
  ensure(error instanceof FaultError, `${each.code} was provoked, and ${String(error)} came`);
  ensureEqual(error.fault.code, each.code, "code of what was provoked");
  return error;
}

/** All that the shared environment shows of itself. */
async function observable(rig: CaseRig): Promise<string> {
  const environment = await rig.environment();
  const listed = await rig.list(environment);
  const executed = await rig.runFresh("echo", { payload: "look" });
  return show([rig.manifest, listed, environment.instanceCount, executed.receipt]);
}
