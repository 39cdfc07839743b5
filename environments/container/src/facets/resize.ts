import type { CapName, Caps, ResizeDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { writeBounds } from "../machine/bound-files.ts";
import type { Machine } from "../machine/machine.ts";

/** New bounds of a running machine, all or none. */
export function resizeOf(machine: Machine): ResizeDriver {
  return {
    async resize(to) {
      const caps: Caps = { ...machine.record.caps, ...to };
      checkUse(machine, to);
      try {
        apply(machine, to);
      } catch (cause) {
        // The kernel may find more in use than it told of.
        apply(machine, machine.record.caps);
        throw busy("memoryBytes", cause);
      }
      machine.note({ caps });
      return caps;
    },
  };
}

function apply(machine: Machine, { memoryBytes, cpuMillis, processes }: Caps): void {
  const isSentry = machine.record.runtime === "runsc";
  machine.cgroup.limit({ memoryBytes, cpuMillis, processesMax: isSentry ? undefined : processes });
  if (isSentry) writeBounds(machine.folder, { memoryBytes, cpuMillis });
}

function checkUse({ cgroup }: Machine, { memoryBytes, processes }: Caps): void {
  const usage = cgroup.usage();
  const held = usage.memoryBytes - usage.cacheBytes;
  if (memoryBytes !== undefined && memoryBytes < held) throw busy("memoryBytes");
  if (processes !== undefined && processes < usage.processes) throw busy("processes");
}

function busy(name: CapName, cause?: unknown): Error {
  return raise("resource.busy", {
    op: "instance.resize",
    detail: { type: "cap", id: name, by: "the machine" },
    message: `Cannot resize the machine: it uses more ${name} than that`,
    effect: "none",
    cause,
  });
}
