import { encodeCbor } from "@bedplate/codec";
import { isFault } from "@bedplate/errors";
import { type EndedSpan, watchSpans } from "@bedplate/telemetry";
import { boundsAreNamed } from "./bounds.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show, thrownBy } from "./expectations.ts";
import { walkAtRandom } from "./random-walk.ts";
import { all, facet, interruption } from "./requirements.ts";
import { gatherSecrets } from "./secret-hunt.ts";

const invoke = facet("invoke");

/** EE-32 to EE-44: deadlines, limits, permissions, telemetry, secrets and the end. */
export const conductCases: readonly ConformanceCase[] = [
  {
    id: "EE-32",
    law: "A deadline ends the wait as `deadline.exceeded` or the run as `exhausted: wallMs`, and truthfully",
    requires: all(invoke, interruption),
    async run(rig) {
      const { environment } = await rig.open();
      const instance = await rig.instance("spin", { environment });
      const budget = rig.budget({ fuel: undefined, wallMs: undefined });
      const via = rig.call({ timeoutMs: 80 });
      const outcome = await rig.run(instance, "spin", { budget, via }).then(
        (executed) => executed.outcome,
        (error: unknown) => error,
      );
      if (isFault(outcome, "deadline.exceeded")) {
        ensureEqual(outcome.fault.effect, "unknown", "effect of a deadline in flight");
      } else ensureEqual(outcome, { kind: "exhausted", meter: "wallMs" }, "outcome");
      const next = await rig.runFresh("echo", { payload: "after" });
      ensureEqual(rig.said("echo", next), "after", "what the next run said");
    },
  },
  {
    id: "EE-33",
    law: "Creating and releasing over and over leaves nothing behind",
    async run(rig) {
      const { environment } = await rig.open();
      const cycle = async (isStarted: boolean) =>
        rig.retire(await rig.instance("echo", { environment, isStarted }));
      await cycle(true);
      const before = process.getActiveResourcesInfo().length;
      for (let i = 1; i < (rig.subject.repeats ?? 1000); i++) await cycle(i % 2 === 0);
      ensureEqual(await rig.list(environment), [], "inventory");
      ensureEqual(environment.instanceCount, 0, "instances held");
      const after = process.getActiveResourcesInfo().length;
      ensure(after <= before + 8, `${after - before} more timers and handles are open`);
    },
  },
  {
    id: "EE-34",
    law: "There is room for exactly as many instances as the host says; one more is refused",
    async run(rig) {
      const { environment } = await rig.open({ options: { instancesMax: 3 } });
      const instances = [];
      for (let i = 0; i < 3; i++) instances.push(await rig.instance("echo", { environment }));
      await ensureFault(() => environment.create(rig.spec("echo"), rig.call()), {
        code: "quota.exceeded",
        effect: "none",
      });
      ensureEqual((await rig.list(environment)).length, 3, "instances listed");
      await rig.retire(instances[0] as never);
      await rig.instance("echo", { environment });
    },
  },
  {
    id: "EE-35",
    law: "Each bound that is exceeded is named, and the neighbour does not notice",
    requires: invoke,
    run: boundsAreNamed,
  },
  {
    id: "EE-36",
    law: "Without a permission that it wants an environment is not opened, and it asks for no other",
    async run(rig) {
      const { wants } = rig.manifest;
      for (const missing of wants) {
        const grants = wants.filter((each) => each !== missing);
        const { fault } = await ensureFault(() => rig.open({ grants }), {
          code: "permission.denied",
          effect: "none",
        });
        ensureEqual(fault.detail["permission"], missing, "the permission named");
      }
      const { environment, host } = await rig.open();
      const instance = await rig.instance("echo", { environment });
      if (rig.declares("invoke")) await rig.run(instance, "echo", { payload: "x" });
      ensureEqual(host.denials, [], "permissions that were asked for in vain");
    },
  },
  {
    id: "EE-38",
    law: "A second run in an instance that is not reentrant is refused; the first one does not notice",
    requires: invoke,
    async run(rig) {
      const instance = await rig.instance("echo");
      const alone = await rig.run(instance, "echo", { payload: "x" });
      const runs = [1, 2, 3].map(() => rig.run(instance, "echo", { payload: "x" }));
      const answers = await Promise.allSettled(runs);
      const done = answers.filter((each) => each.status === "fulfilled");
      const refused = answers.filter((each) => each.status === "rejected");
      for (const { value } of done) ensureEqual(value.receipt, alone.receipt, "receipt");
      const { isReentrant } = rig.manifest.profile.concurrency;
      ensureEqual(done.length, isReentrant ? 3 : 1, "runs that were let in at once");
      for (const { reason } of refused) {
        ensure(isFault(reason, "resource.busy"), `a run was refused by ${String(reason)}`);
        ensureEqual(reason.fault.effect, "none", "effect of the refusal");
      }
    },
  },
  {
    id: "EE-40",
    law: "Each operation makes one span of its name and its ending, without guest bytes",
    async run(rig) {
      const secret = "spanned-secret-77a0";
      const spans: EndedSpan[] = [];
      using _watching = watchSpans((span) => spans.push(span));
      const { environment } = await rig.open();
      const instance = await rig.instance("echo", { environment });
      const isInvoke = rig.declares("invoke");
      if (isInvoke) await rig.run(instance, "echo", { payload: secret });
      await thrownBy(() => instance.release(rig.call()));
      await rig.retire(instance);
      const mine = spans.filter(({ name }) => /^(environment|instance)\./.test(name));
      const seen = mine.map(({ name, errorCode = "ok" }) => `${name} ${errorCode}`);
      const expected = [
        "environment.admit ok",
        "environment.create ok",
        "instance.start ok",
        ...(isInvoke ? ["instance.invoke ok"] : []),
        "instance.release phase.illegal",
        "instance.stop ok",
        "instance.release ok",
      ];
      ensureEqual(seen, expected, "spans");
      ensure(!show(spans).includes(secret), "guest bytes are in a span");
    },
  },
  {
    id: "EE-41",
    law: "A planted secret appears in no log, fault, span or handle",
    async run(rig) {
      const secret = "planted-secret-93f1";
      const places = await gatherSecrets(rig, secret);
      const leaks = Object.entries(places).filter(([, text]) => text.includes(secret));
      ensureEqual(
        leaks.map(([place]) => place),
        [],
        "places where the secret is",
      );
    },
  },
  {
    id: "EE-42",
    law: "Closing releases every instance, twice is once, and afterwards everything refuses",
    async run(rig) {
      const { environment, host } = await rig.open();
      const instance = await rig.instance("echo", { environment });
      await environment.close(rig.call());
      await environment.close(rig.call());
      ensureEqual(instance.phase, "released", "phase of the instance");
      const closed = { code: "resource.closed", effect: "none" } as const;
      await ensureFault(() => environment.create(rig.spec("echo"), rig.call()), closed);
      await ensureFault(() => environment.admit(rig.spec("echo").artifact, rig.call()), closed);
      await ensureFault(() => rig.list(environment), closed);
      const again = await rig.open({ owner: host.port.owner });
      ensureEqual(await rig.list(again.environment), [], "what the closed one left behind");
    },
  },
  {
    id: "EE-43",
    law: "Random legal sequences are never illegal, random illegal ones always are",
    run: walkAtRandom,
  },
  {
    id: "EE-44",
    law: "A handle whose state this build cannot read is refused before any effect",
    async run(rig) {
      const { environment } = await rig.open();
      const instance = await rig.instance("echo", { environment });
      const before = await rig.list(environment);
      const state = encodeCbor(["a later minor", 99, new Uint8Array(64).fill(255)]);
      const { owner } = instance.handle;
      const later = { ...instance.handle, id: "written-later", owner, state };
      const error = await thrownBy(async () => {
        const record = { handle: later, spec: rig.spec("echo") };
        const { found } = await environment.recover(record, rig.call());
        ensure(found !== "alive", "an instance was found that nobody made");
      });
      ensure(!isFault(error, "internal.bug"), `it broke: ${String(error)}`);
      if (error !== undefined && !isFault(error)) throw error;
      ensureEqual(await rig.list(environment), before, "inventory");
    },
  },
];
