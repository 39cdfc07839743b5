import { isFault } from "@bedplate/errors";
import type { Plugin } from "../manifest.ts";
import { isLegal, type Phase } from "../phase.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, thrownBy } from "./expectations.ts";
import { overlay } from "./overlay.ts";
import { attempt, bringTo, operationsOf, phasesOf } from "./phase-walk.ts";
import { all, facet, session } from "./requirements.ts";

const invoke = facet("invoke");

/** EE-13 to EE-21: one instance from creation to release. */
export const lifecycleCases: readonly ConformanceCase[] = [
  {
    id: "EE-13",
    law: "No guest code runs before `start`, and no entry before the first run",
    requires: all(invoke, session),
    programs: ["count"],
    async run(rig) {
      const idle = await rig.instance("spin", { isStarted: false });
      ensureEqual(idle.phase, "created", "phase of a program that never ends");
      ensureEqual((await idle.status(rig.call())).usage.fuel, 0, "fuel before the start");
      const counter = await rig.instance("count", { session: true });
      ensureEqual(rig.said("count", await rig.run(counter, "count")), "1", "the first count");
    },
  },
  {
    id: "EE-14",
    law: "Starting twice, or twice at once, starts once",
    async run(rig) {
      let starts = 0;
      const decorate = (plugin: Plugin) => countStarts(plugin, () => (starts += 1));
      const { environment } = await rig.open({ decorate });
      const instance = await rig.instance("echo", { environment, isStarted: false });
      await Promise.all([instance.start(rig.call()), instance.start(rig.call())]);
      await instance.start(rig.call());
      ensureEqual(starts, 1, "starts that reached the environment");
      ensureEqual(instance.phase, "running", "phase");
      ensureEqual((await instance.status(rig.call())).phase, "running", "phase by status");
    },
  },
  {
    id: "EE-15",
    law: "The phase table holds: what it allows is never illegal, the rest always is, without effect",
    async run(rig) {
      for (const phase of phasesOf(rig)) {
        for (const operation of operationsOf(rig)) {
          const instance = await bringTo(rig, phase);
          const error = await thrownBy(() => attempt(rig, instance, operation));
          const isIllegal = isFault(error, "phase.illegal");
          const isAllowed = isLegal(operation, phase);
          ensure(isIllegal !== isAllowed, `${operation} while ${phase} answered ${String(error)}`);
          if (isIllegal) ensureEqual(error.fault.effect, "none", `effect of ${operation}`);
          if (isIllegal) ensureEqual(instance.phase, phase, `phase after ${operation}`);
          if (isAllowed)
            ensure(error === undefined, `${operation} while ${phase}: ${String(error)}`);
        }
      }
    },
  },
  {
    id: "EE-16",
    law: "Phases never skip or go back; `status` and `wait` agree",
    async run(rig) {
      const instance = await rig.instance("echo", { isStarted: false });
      const seen: Phase[] = [];
      const look = async () => {
        const { phase, sinceAt } = await instance.status(rig.call());
        const waited = await instance.wait([phase], rig.call());
        ensureEqual(waited.phase, phase, "phase by wait");
        ensure(waited.sinceAt >= sinceAt, "the time of the phase went back");
        ensureEqual(instance.phase, phase, "phase of the instance");
        seen.push(phase);
      };
      await look();
      const waiting = instance.wait(["stopped"], rig.call());
      waiting.catch(() => {});
      await instance.start(rig.call());
      await look();
      if (rig.declares("invoke")) await rig.run(instance, "echo", { payload: "x" });
      await look();
      await instance.stop({ graceMs: 0 }, rig.call());
      await look();
      ensureEqual((await waiting).phase, "stopped", "phase that the wait ended with");
      await instance.release(rig.call());
      await look();
      const expected = ["created", "running", "running", "stopped", "released"];
      ensureEqual(seen, expected, "phases");
    },
  },
  {
    id: "EE-17",
    law: "An end is reported once: an exit code or a signal, the same from `stop` and `status`",
    async run(rig) {
      const instance = await rig.instance("echo");
      const exit = await instance.stop({ graceMs: 0 }, rig.call());
      ensure((exit.code === null) !== (exit.signal === null), "not exactly one of code and signal");
      ensureEqual(await instance.stop({ graceMs: 0 }, rig.call()), exit, "the second stop");
      ensureEqual((await instance.status(rig.call())).exit, exit, "the exit by status");
    },
  },
  {
    id: "EE-18",
    law: "Stopping an idle instance does not wait for the grace to pass",
    async run(rig) {
      const instance = await rig.instance("echo");
      const timeoutMs = (rig.subject.timeoutMs ?? 30_000) / 2;
      const exit = await instance.stop({ graceMs: 20 * timeoutMs }, rig.call({ timeoutMs }));
      ensure(!exit.isOutOfMemory, "it ended for want of memory");
      ensureEqual(instance.phase, "stopped", "phase");
    },
  },
  {
    id: "EE-20",
    law: "Releasing is idempotent and leaves nothing behind",
    async run(rig) {
      const { environment } = await rig.open();
      const before = await rig.list(environment);
      const instance = await rig.instance("echo", { environment });
      if (rig.declares("invoke")) await rig.run(instance, "echo", { payload: "x" });
      ensureEqual((await rig.list(environment)).length, before.length + 1, "instances listed");
      await instance.stop({ graceMs: 0 }, rig.call());
      await Promise.all([instance.release(rig.call()), instance.release(rig.call())]);
      await instance.release(rig.call());
      const unused = await rig.instance("echo", { environment, isStarted: false });
      await unused.release(rig.call());
      ensureEqual(await rig.list(environment), before, "inventory afterwards");
      ensureEqual(environment.instanceCount, 0, "instances held");
    },
  },
  {
    id: "EE-21",
    law: "Releasing a running instance is refused, and it runs on",
    async run(rig) {
      const instance = await rig.instance("echo");
      await ensureFault(() => instance.release(rig.call()), {
        code: "phase.illegal",
        effect: "none",
      });
      ensureEqual((await instance.status(rig.call())).phase, "running", "phase");
      if (!rig.declares("invoke")) return;
      const executed = await rig.run(instance, "echo", { payload: "still here" });
      ensureEqual(rig.said("echo", executed), "still here", "what the guest said");
    },
  },
];

function countStarts(plugin: Plugin, count: () => void): Plugin {
  return {
    ...plugin,
    async open(host, config, call) {
      const driver = await plugin.open(host, config, call);
      return overlay(driver, {
        async create(spec, keyed) {
          const instance = await driver.create(spec, keyed);
          return overlay(instance, {
            start(starting) {
              count();
              return instance.start(starting);
            },
          });
        },
      });
    },
  };
}
