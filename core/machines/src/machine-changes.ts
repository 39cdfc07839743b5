import type { Clock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { type Revision, textOfKey } from "@bedplate/state";
import type { Machine } from "./machine.ts";
import type { MachineStore } from "./machine-store.ts";
import { type MachineRef, machineTable } from "./machine-tables.ts";

/** Other changes of the store move the place to go on from as well, in milliseconds. */
const progressMs = 30_000;

/**
 * Tells of every change of a machine that anybody commits, until the signal aborts. After a fault it
 * goes on with what comes after the last commit that it saw. Where the store has forgotten that, it
 * begins anew, and tells of the gap: who follows looks at all then.
 */
export async function followMachines(
  store: MachineStore,
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly tell: (machine: Machine) => void;
    /** A machine was deleted, and is over. */
    readonly onGone?: ((ref: MachineRef) => void) | undefined;
    /** The last revision that whoever follows has seen. Default: the last one there is. */
    readonly after?: Revision | undefined;
    readonly onGap?: (() => void) | undefined;
  },
): Promise<void> {
  const { clock, signal, tell, onGone, onGap } = options;
  const { state } = store;
  const prefix = machineTable.key("");
  let { after } = options;
  let isGap = false;
  while (!signal.aborted) {
    try {
      after ??= await state.head();
      if (isGap) onGap?.();
      isGap = false;
      for await (const commit of state.watch({ after, prefix, progressMs }, { signal })) {
        for (const { key, entry } of commit.changes) {
          const text = textOfKey(key);
          if (!text.startsWith(prefix)) continue;
          const [project = "", id = ""] = text.slice(prefix.length).split("/");
          if (entry === null) onGone?.({ project, id });
          else tell(machineTable.read(entry).document);
        }
        after = commit.revision;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isFault(error)) throw error;
      // Whatever was committed before there was a place to go on from was not seen.
      isGap ||= after === undefined || isFault(error, "watch.compacted");
      if (isGap) after = undefined;
      await clock.sleep(1_000, { signal }).catch(() => {});
    }
  }
}
