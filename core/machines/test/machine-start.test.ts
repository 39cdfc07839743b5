import type { MachineStep } from "@bedplate/environment-fake";
import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { instancesOf, openRig, type Rig, settle, steps } from "./rig.ts";

const signal = () => AbortSignal.timeout(5_000);
/** What a shell of a fake machine does. */
const shell = (step: MachineStep) => steps(step)[1] ?? "";
const serving = shell({ do: "listen", port: 80, text: "" });
/** Succeeds once something listens there. */
const answers = shell({ do: "connect", host: "127.0.0.1", port: 80 });

async function processes(rig: Rig, id: string): Promise<readonly string[]> {
  const access = await rig.machines.reach({ project: "p", id, signal: signal() });
  const all = await access.facet("exec").list(access.call({ timeoutMs: 1_000 }));
  return all.filter(({ exit }) => exit === undefined).map(({ request }) => request.argv[2] ?? "");
}

test("what a machine runs at its start runs when it counts as running, and again after each boot", async () => {
  await using rig = await openRig();
  const start = { command: serving, ready: answers };
  const { id } = await rig.machines.create({ project: "p", start });
  expect((await settle(rig, id)).observed.state).toBe("running");
  expect(await processes(rig, id)).toEqual([serving]);
  await rig.machines.stop("p", id);
  expect((await settle(rig, id)).observed.state).toBe("stopped");
  await rig.machines.resume("p", id);
  expect((await settle(rig, id)).observed.state).toBe("running");
  expect(await processes(rig, id)).toEqual([serving]);
});

test("a copy of a machine runs the same at its start", async () => {
  await using rig = await openRig();
  const { id } = await rig.machines.create({ project: "p", start: { command: serving } });
  await settle(rig, id);
  const [copy] = await rig.machines.fork({ project: "p", id });
  await settle(rig, copy?.id ?? "");
  expect(await processes(rig, copy?.id ?? "")).toEqual([serving]);
});

test("a crash before the end of the start has it run once", async () => {
  const first = await openRig();
  const { id } = await first.machines.create({ project: "p", start: { command: serving } });
  await settle(first, id);
  await first.crash();
  // The crash came between the start and writing down that it runs.
  await first.modules.store.change({ project: "p", id }, ({ instance: _none, ...machine }) => ({
    machine: { ...machine, observed: { ...machine.observed, state: "starting" } },
  }));
  await using second = await openRig({ earlier: first });
  expect((await settle(second, id)).observed.state).toBe("running");
  expect(await processes(second, id)).toEqual([serving]);
});

test("one that never gets ready fails, and leaves no instance", async () => {
  await using rig = await openRig();
  const late = { command: serving, ready: shell({ do: "exit", code: 1 }), readyMs: 20 };
  const broken = { command: shell({ do: "exit", code: 3 }), ready: shell({ do: "exit", code: 1 }) };
  for (const start of [late, broken]) {
    const { id } = await rig.machines.create({ project: "p", start });
    const { observed } = await settle(rig, id);
    expect([observed.state, observed.fault?.code]).toEqual(["failed", "environment.unhealthy"]);
  }
  expect(await instancesOf(rig)).toEqual([]);
});

test("a machine that is deleted while it gets ready goes at once", async () => {
  await using rig = await openRig();
  const start = { command: serving, ready: shell({ do: "exit", code: 1 }) };
  const { id } = await rig.machines.create({ project: "p", start });
  await eventually("it starts", async () => {
    return (await rig.machines.get("p", id)).observed.state === "starting";
  });
  await rig.machines.delete("p", id);
  expect((await settle(rig, id)).observed.state).toBe("deleted");
});
