import type { EgressDriver, FacetsOf } from "@bedplate/environment";
import type { Machine } from "../machine/machine.ts";
import type { ContainerDeclares } from "../manifest.ts";
import { egressOf } from "./egress.ts";
import { GuestExec } from "./guest-exec.ts";
import { GuestFiles } from "./guest-files.ts";
import { Homes } from "./homes.ts";
import { pauseOf } from "./pause.ts";
import { ProcessNotes } from "./process-notes.ts";
import { resizeOf } from "./resize.ts";
import { ServedPorts } from "./served-ports.ts";
import { snapshotOf } from "./snapshot.ts";

/** The facets of one machine, and what of them ends with this process. */
export interface MachineFacets {
  readonly facets: FacetsOf<ContainerDeclares>;
  readonly own: AsyncDisposable & { resume(): Promise<void> };
}

/** Makes the facets of a machine. */
export function machineFacets(machine: Machine): MachineFacets {
  const serve = new ServedPorts(machine);
  return {
    facets: {
      exec: new GuestExec(machine.guest, {
        notes: new ProcessNotes(machine.folder.path),
        env: () => machine.record.env,
      }),
      files: new GuestFiles(machine.guest, new Homes(machine.record.config.user ?? "user")),
      serve,
      // Without a network there is nothing to be let out.
      ...((machine.record.runtime === "runsc" ? {} : { egress: egressOf(machine) }) as {
        egress: EgressDriver;
      }),
      pause: pauseOf(machine),
      resize: resizeOf(machine),
      snapshot: snapshotOf(machine),
    },
    own: serve,
  };
}
