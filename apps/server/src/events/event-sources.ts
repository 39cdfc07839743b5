import type { EventSource } from "@bedplate/events";
import { machineEventSchema } from "@bedplate/machines";
import { type Run, runSchema } from "@bedplate/runs";
import { type StateEntry, type StateStore, textOfKey } from "@bedplate/state";
import { type Build, buildSchema } from "@bedplate/templates";

/** What of the server's records is told as events: runs, machines and builds of templates. */
export function eventSources(state: StateStore): readonly EventSource[] {
  return [
    { mark: "r", state: state.in("runs"), prefix: "run/", read: readRun },
    { mark: "m", state: state.in("machines"), prefix: "event/", read: readMachineEvent },
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

function readBuild(entry: StateEntry): ReturnType<EventSource["read"]> {
  const build: Build = buildSchema.parse(JSON.parse(textOfKey(entry.value)));
  // A build without a plan is a name that was taken; nothing happens to it yet.
  if (build.plan === undefined) return undefined;
  const { project, id, phase, template, createdAt, startedAt, endedAt } = build;
  const at = endedAt ?? startedAt ?? createdAt;
  const detail = { template, ...(build.failure && { failure: build.failure.message }) };
  return { project, kind: `build.${phase}`, subject: `build/${id}`, at, detail };
}
