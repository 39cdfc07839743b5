import type { Clock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { textOfKey } from "@bedplate/state";
import type { Machine } from "./machine.ts";
import type { MachineStore } from "./machine-store.ts";
import { type MachineRef, machineTable } from "./machine-tables.ts";

/**
 * Tells of every change of a machine that anybody commits, until the signal aborts. A history that
 * begins later than we look is begun anew, and that is told as well: who follows looks at all then.
 */
export async function followMachines(
  store: MachineStore,
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly tell: (machine: Machine) => void;
    /** A machine was deleted, and is over. */
    readonly onGone?: ((ref: MachineRef) => void) | undefined;
    readonly onGap?: (() => void) | undefined;
  },
): Promise<void> {
  const { clock, signal, tell, onGone, onGap } = options;
  const { state } = store;
  const prefix = machineTable.key("");
  while (!signal.aborted) {
    try {
      for await (const commit of state.watch({ after: await state.head(), prefix }, { signal })) {
        for (const { key, entry } of commit.changes) {
          const text = textOfKey(key);
          if (!text.startsWith(prefix)) continue;
          const [project = "", id = ""] = text.slice(prefix.length).split("/");
          if (entry === null) onGone?.({ project, id });
          else tell(machineTable.read(entry).document);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isFault(error)) throw error;
      await clock.sleep(1_000, { signal }).catch(() => {});
      onGap?.();
    }
  }
}
