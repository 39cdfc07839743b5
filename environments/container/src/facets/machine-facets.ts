import type { FacetsOf } from "@bedplate/environment";
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
  const { guest, folder, record } = machine;
  const notes = new ProcessNotes(folder.path);
  const shared = {
    exec: new GuestExec(guest, {
      notes,
      env: () => machine.record.env,
      defaults: () => machine.record.process ?? {},
    }),
    serve,
    pause: pauseOf(machine),
    resize: resizeOf(machine),
    snapshot: snapshotOf(machine),
  };
  const containersOnly = {
    files: new GuestFiles(
      guest,
      new Homes(record.config.user ?? "user", { user: record.process?.user }),
    ),
    egress: egressOf(machine),
  };
  // Its manifest says which kind it is; the gate compares.
  const facets = record.runtime === "runsc" ? shared : { ...shared, ...containersOnly };
  return { facets: facets as unknown as FacetsOf<ContainerDeclares>, own: serve };
}
