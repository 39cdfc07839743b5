import type { CaseRig } from "../case-rig.ts";
import { awaitedLater, ensure, ensureEqual } from "../expectations.ts";
import { command, type MachineRig, openMachine } from "./machine-rig.ts";

/** How long what was on its way when a machine was paused may take to arrive. */
const drainMs = 60;

/** How long a paused machine is watched; one that goes on says something many times meanwhile. */
const watchMs = 100;

/** Two clocks are read in whole milliseconds, so each reading can be off by one. */
const clockToleranceMs = 2;

/** How much faster than the host's a guest's clock may go; a kernel that corrects one stays far below. */
const driftMax = 0.01;

/** How far a guest's wall clock may be from the host's. */
const wallToleranceMs = 2_000;

const elapse = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** PA-01, PA-05: a process that counts is silent while its machine is paused, and leaves no number out. */
export async function nothingGoesOn(rig: CaseRig, times = 1): Promise<void> {
  const machine = await openMachine(rig);
  const process = await machine.start(command(rig, "tick")(1));
  const seen: string[] = [];
  const reading = awaitedLater(listen(machine, process.id, seen));
  await machine.until(process, "5");
  const pause = machine.instance.facet("pause");
  for (let i = 0; i < times; i++) await pause.pause(rig.call());
  ensureEqual((await machine.instance.status(rig.call())).phase, "paused", "phase");
  await elapse(drainMs);
  const before = seen.length;
  await elapse(watchMs);
  ensureEqual(seen.length, before, "what a paused machine had said");
  for (let i = 0; i < times; i++) await pause.resume(rig.call());
  ensureEqual((await machine.instance.status(rig.call())).phase, "running", "phase afterwards");
  const next = seen.join("").split("\n").length + 5;
  await machine.until(process, String(next));
  await machine.kill(process);
  await reading;
  const lines = seen.join("").split("\n").slice(0, next);
  const expected = Array.from({ length: next }, (_, i) => String(i + 1));
  ensureEqual(lines, expected, "lines over the pause");
}

async function listen(machine: MachineRig, id: string, into: string[]): Promise<void> {
  for await (const { data } of machine.exec.output({ process: id, from: 0 }, machine.rig.call())) {
    into.push(Buffer.from(data).toString());
  }
}

/** PA-02: compares what passed for the guest with what passed for the host, without the pause and with it. */
export async function clockWhilePaused(rig: CaseRig): Promise<void> {
  const machine = await openMachine(rig);
  const readClock = async () => Number(await machine.ask(command(rig, "monotonic")()));
  const pause = machine.instance.facet("pause");
  const startedAt = performance.now();
  const first = await readClock();
  await pause.pause(rig.call());
  const pausedAt = performance.now();
  await elapse(watchMs);
  const pausedMs = performance.now() - pausedAt;
  await pause.resume(rig.call());
  const passed = (await readClock()) - first;
  const hostMs = performance.now() - startedAt;
  const isFrozen = rig.manifest.declares.pause?.freezesClock === true;
  const least = isFrozen ? 0 : pausedMs - clockToleranceMs;
  const most = (isFrozen ? hostMs - pausedMs : hostMs) * (1 + driftMax) + clockToleranceMs;
  ensure(
    passed >= least && passed <= most,
    `${passed} ms passed inside, not ${least} to ${most}: ${pausedMs} of ${hostMs} were a pause`,
  );
  const earliest = Date.now() - wallToleranceMs;
  const wall = Number(await machine.ask(command(rig, "wallClock")()));
  const isRight = wall >= earliest && wall <= Date.now() + wallToleranceMs;
  ensure(isRight, `its wall clock says ${wall} at ${Date.now()}`);
}
