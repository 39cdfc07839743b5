import type { EventSource } from "@bedplate/events";
import { machineEventSchema, volumeEventSchema } from "@bedplate/machines";
import { type Run, runSchema } from "@bedplate/runs";
import { type StateEntry, type StateStore, textOfKey } from "@bedplate/state";
import { type Build, buildSchema } from "@bedplate/templates";

/** What of the server's records is told as events: runs, machines, volumes and builds of templates. */
export function eventSources(state: StateStore): readonly EventSource[] {
  return [
    { mark: "r", state: state.in("runs"), prefix: "run/", read: readRun },
    { mark: "m", state: state.in("machines"), prefix: "event/", read: readMachineEvent },
    { mark: "v", state: state.in("machines"), prefix: "volume-event/", read: readVolumeEvent },
    { mark: "t", state: state.in("templates"), prefix: "build/", read: readBuild },
  ];
}

function readRun(entry: StateEntry): ReturnType<EventSource["read"]> {
  const run: Run = runSchema.parse(JSON.parse(textOfKey(entry.value)));
  const at = run.finishedAt ?? run.startedAt ?? run.createdAt;
  const detail = {
    slot: run.slot,
    attempts: run.attempts,
    ...(run.outcome && { outcome: run.outcome.kind }),
    ...(run.fault && { fault: run.fault.code }),
  };
  return { project: run.project, kind: `run.${run.phase}`, subject: `run/${run.id}`, at, detail };
}

function readMachineEvent(entry: StateEntry): ReturnType<EventSource["read"]> {
  const event = machineEventSchema.parse(JSON.parse(textOfKey(entry.value)));
  const { project, machine, kind, at, detail } = event;
  return { project, kind: `machine.${kind}`, subject: `machine/${machine}`, at, detail };
}

function readVolumeEvent(entry: StateEntry): ReturnType<EventSource["read"]> {
  const event = volumeEventSchema.parse(JSON.parse(textOfKey(entry.value)));
  const { project, volume, kind, at, detail } = event;
  return { project, kind: `volume.${kind}`, subject: `volume/${volume}`, at, detail };
}

function readBuild(entry: StateEntry): ReturnType<EventSource["read"]> {
  const build: Build = buildSchema.parse(JSON.parse(textOfKey(entry.value)));
  // A build without a plan is a name that was taken; nothing happens to it yet.
  if (build.plan === undefined) return undefined;
  const { project, id, phase, template, createdAt, startedAt, endedAt } = build;
  const at = endedAt ?? startedAt ?? createdAt;
  // How a step failed is the guest's word; which one it was is not.
  const step = build.failure?.step;
  const detail = { template, ...(step !== undefined && { step }) };
  return { project, kind: `build.${phase}`, subject: `build/${id}`, at, detail };
}
