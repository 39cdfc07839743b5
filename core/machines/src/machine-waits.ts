import type { Clock } from "@bedplate/clock";
import type { Machine } from "./machine.ts";
import type { MachineStore } from "./machine-store.ts";
import type { MachineRef } from "./machine-tables.ts";

/** How often a wait looks at the record, for machines that another process moves on. */
const lookMs = 250;

interface WaitOptions extends MachineRef {
  readonly store: MachineStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly isDone: (machine: Machine) => boolean;
}

/** The machine when `isDone` says so, or as it is when the signal aborts. */
export async function waitForMachine(options: WaitOptions): Promise<Machine> {
  const { store, clock, signal, isDone, project, id } = options;
  let told: Machine | undefined;
  let wake: () => void = () => {};
  using _listening = store.onChange((machine) => {
    if (machine.id !== id || machine.project !== project) return;
    told = machine;
    wake();
  });
  for (;;) {
    const machine: Machine = told ?? (await store.get({ project, id }));
    told = undefined;
    if (isDone(machine) || signal.aborted) return machine;
    const round = new AbortController();
    wake = () => round.abort("told");
    if (told !== undefined) continue;
    const both = AbortSignal.any([round.signal, signal]);
    await clock.sleep(lookMs, { signal: both }).catch(() => {});
  }
}
