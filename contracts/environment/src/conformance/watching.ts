import type { Observation } from "../facets/observe.ts";
import type { Executed } from "../gate/gated-invoke.ts";
import type { CaseRig, RunOptions } from "./case-rig.ts";
import type { ProgramName } from "./conformance-subject.ts";
import { awaitedLater } from "./expectations.ts";

/** A run and everything that was observed of it. */
export interface Watched {
  readonly executed: Executed;
  readonly observations: readonly Observation[];
}

/** Runs a program in an instance of its own while watching all declared points, or some. */
export async function observeAll(
  rig: CaseRig,
  name: ProgramName,
  options: RunOptions & { readonly points?: readonly string[] } = {},
): Promise<Watched> {
  const { points = rig.manifest.declares.observe?.points ?? [] } = options;
  const instance = await rig.instance(name);
  const observations: Observation[] = [];
  const stream = instance.facet("observe").observe(points, rig.call());
  const reading = awaitedLater(readAll(stream, observations));
  // Whatever lies between keeps the order of messages, so the watcher is there once this is answered.
  await instance.status(rig.call());
  const executed = await rig.run(instance, name, options);
  // Stopping the instance ends the stream, after everything that was observed.
  await instance.stop({ graceMs: 0 }, rig.call());
  await reading;
  await rig.retire(instance);
  return { executed, observations };
}

async function readAll(stream: AsyncIterable<Observation>, into: Observation[]): Promise<void> {
  for await (const each of stream) into.push(each);
}
