import type { InstanceHandle } from "../instance-driver.ts";
import type { CaseRig } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, thrownBy } from "./expectations.ts";
import type { Opened } from "./lane.ts";
import { all, facet, session } from "./requirements.ts";

const counting = all(facet("invoke"), session);

/** EE-22 to EE-31: a host that was away, and other hosts on the machine. */
export const recoveryCases: readonly ConformanceCase[] = [
  {
    id: "EE-22",
    law: "After a crash of the host an instance is alive as it was, or absent: never something else",
    requires: counting,
    programs: ["count"],
    controls: ["crash"],
    async run(rig) {
      const { handle, after, before } = await crashWith(rig, { runs: 3 });
      const listed = (await rig.list(after.environment)).map(({ id }) => id);
      const found = await after.environment.recover(record(rig, handle), rig.call());
      ensureEqual(listed.includes(handle.id), found.found === "alive", "it is listed");
      if (found.found !== "alive") return ensureEqual(found.found, "absent", "what was found");
      const { incarnation, id } = found.instance.handle;
      ensureEqual({ incarnation, id }, { incarnation: handle.incarnation, id: handle.id }, "who");
      ensureEqual(found.instance.phase, before, "phase");
      const said = rig.said("count", await rig.run(found.instance, "count"));
      ensureEqual(said, "4", "the guest's count, which went on");
    },
  },
  {
    id: "EE-23",
    law: "A guest that ended while the host was away is reported with its exit, or absent",
    requires: counting,
    programs: ["count"],
    controls: ["crash"],
    async run(rig) {
      const { handle, after } = await crashWith(rig, { runs: 1, isStopped: true });
      const found = await after.environment.recover(record(rig, handle), rig.call());
      if (found.found === "absent") return;
      ensure(found.found === "ended", `a stopped instance was found ${found.found}`);
      ensureEqual(found.status.phase, "stopped", "phase");
      ensure(found.status.exit !== undefined, "it does not say how it ended");
    },
  },
  {
    id: "EE-24",
    law: "A released instance is absent",
    controls: ["crash"],
    async run(rig) {
      const first = await rig.open();
      const instance = await rig.instance("echo", { environment: first.environment });
      const { handle } = instance;
      await rig.retire(instance);
      for (const opened of [first, await crash(rig, first)]) {
        const spec = rig.spec("echo");
        const { found } = await opened.environment.recover({ handle, spec }, rig.call());
        ensureEqual(found, "absent", "what was found");
      }
    },
  },
  {
    id: "EE-25",
    law: "A handle of another incarnation or another host is foreign, and nothing is touched",
    requires: counting,
    programs: ["count"],
    async run(rig) {
      const { environment } = await rig.open();
      const instance = await rig.instance("count", { environment, session: true });
      await rig.run(instance, "count");
      const { handle } = instance;
      const spec = rig.spec("count", { session: true });
      const reborn = { ...handle, incarnation: `${handle.incarnation}0` };
      const other = await environment.recover({ handle: reborn, spec }, rig.call());
      ensure(["foreign", "absent"].includes(other.found), `a stranger was found ${other.found}`);
      const moved = { ...handle, owner: "another-host" };
      const { found } = await environment.recover({ handle: moved, spec }, rig.call());
      ensureEqual(found, "foreign", "the instance of another host");
      const said = rig.said("count", await rig.run(instance, "count"));
      ensureEqual(said, "2", "the count of the instance that is really here");
    },
  },
  {
    id: "EE-26",
    law: "Recovering changes nothing, however often",
    requires: counting,
    programs: ["count"],
    controls: ["crash"],
    async run(rig) {
      const { handle, after } = await crashWith(rig, { runs: 2 });
      const before = await rig.list(after.environment);
      const first = await after.environment.recover(record(rig, handle), rig.call());
      const second = await after.environment.recover(record(rig, handle), rig.call());
      ensureEqual(second.found, first.found, "what was found the second time");
      ensureEqual(await rig.list(after.environment), before, "inventory");
      if (second.found !== "alive") return;
      const said = rig.said("count", await rig.run(second.instance, "count"));
      ensureEqual(said, "3", "the guest's count");
    },
  },
  {
    id: "EE-27",
    law: "A crash after any step leaves exactly what inventory lists, and that can be cleared",
    controls: ["crash"],
    async run(rig) {
      for (let steps = 1; steps <= 4; steps++) {
        const first = await rig.open();
        const { environment } = first;
        const instance = await rig.instance("echo", { environment, isStarted: false });
        if (steps >= 2) await instance.start(rig.call());
        if (steps >= 3) await instance.stop({ graceMs: 0 }, rig.call());
        if (steps >= 4) await instance.release(rig.call());
        const after = await crash(rig, first);
        const listed = await rig.list(after.environment);
        const others = listed.filter(({ id }) => id !== instance.handle.id);
        ensureEqual(others, [], "instances that nobody created");
        if (steps >= 4) ensureEqual(listed, [], "instances after the release");
        for (const handle of listed) await clear(rig, after, handle);
        ensureEqual(
          await rig.list(after.environment),
          [],
          `inventory, cleared after step ${steps}`,
        );
      }
    },
  },
  {
    id: "EE-30",
    law: "Inventory shows the instances of this host, all and only those",
    async run(rig) {
      const [here, there] = [await rig.open(), await rig.open()];
      const mine = await rig.instance("echo", { environment: here.environment });
      const theirs = await rig.instance("echo", { environment: there.environment });
      ensureEqual(await rig.list(here.environment), [mine.handle], "inventory of the first host");
      ensureEqual(await rig.list(there.environment), [theirs.handle], "inventory of the second");
      ensureEqual(mine.handle.owner, here.host.port.owner, "owner");
    },
  },
  {
    id: "EE-31",
    law: "A creation whose caller stopped waiting is found by its key, or was never made",
    async run(rig) {
      const { environment } = await rig.open();
      const leaving = new AbortController();
      const key = `left-${rig.position}`;
      const spec = rig.spec("echo");
      const call = rig.call({ key, signal: leaving.signal });
      const creating = thrownBy(() => environment.create(spec, call));
      leaving.abort(new Error("the caller left"));
      await creating;
      const instance = await environment.create(spec, rig.call({ key }));
      await instance.start(rig.call());
      const listed = await rig.list(environment);
      const same = listed.filter((each) => each.key === key);
      ensureEqual(same, [instance.handle], "instances of that key");
      await rig.retire(instance);
    },
  },
];

function record(rig: CaseRig, handle: InstanceHandle) {
  return { handle, spec: rig.spec("count", { session: true }) };
}

/** The control `crash`: a host that forgets everything, and comes back with its old mark. */
/** Another life of the host of an environment, which was not closed. */
export function crash(rig: CaseRig, opened: Opened): Promise<Opened> {
  return rig.open({ owner: opened.host.port.owner });
}

async function crashWith(
  rig: CaseRig,
  options: { readonly runs: number; readonly isStopped?: boolean },
) {
  const first = await rig.open();
  const { environment } = first;
  const instance = await rig.instance("count", { environment, session: true });
  for (let i = 0; i < options.runs; i++) await rig.run(instance, "count");
  if (options.isStopped === true) await instance.stop({ graceMs: 0 }, rig.call());
  return { handle: instance.handle, before: instance.phase, after: await crash(rig, first) };
}

async function clear(rig: CaseRig, opened: Opened, handle: InstanceHandle): Promise<void> {
  const spec = rig.spec("echo");
  const found = await opened.environment.recover({ handle, spec }, rig.call());
  if (found.found === "alive") return rig.retire(found.instance);
  ensure(found.found === "ended", `an instance that is listed was found ${found.found}`);
}
