import type { RuntimeName } from "../bundle/oci-config.ts";
import type { MachineFolder } from "../machine/machine-folder.ts";

/** What a runtime's command line needs. */
export interface RuntimePlace {
  readonly runtime: RuntimeName;
  /** Where the program is. */
  readonly program: string;
  readonly id: string;
  readonly folder: MachineFolder;
}

/** Descriptors that a warden passes on: 3 is nothing, 4 is where the guest agent listens. */
export const passedDescriptors = 2;

/**
 * How gVisor runs: on its portable platform, without a network, with the files that it is given, and
 * within the cgroup that it was started in.
 */
const sentryOptions = [
  "--platform=systrap",
  "--network=none",
  "--overlay2=none",
  "--ignore-cgroups",
];

/** A command of gVisor for one machine. */
export function sentryCommand(place: RuntimePlace, words: readonly string[]): readonly string[] {
  const { program, folder } = place;
  return [program, `--root=${folder.runtime}`, `--log=${folder.log}`, ...sentryOptions, ...words];
}

/** The command that starts a bundle and comes back when it runs; from a memory image where there is one. */
export function runCommand(place: RuntimePlace, checkpoint?: string): readonly string[] {
  const { runtime, program, id, folder } = place;
  if (runtime === "runsc") {
    const verb = checkpoint === undefined ? ["run"] : ["restore", `--image-path=${checkpoint}`];
    return sentryCommand(place, [
      ...verb,
      "--detach",
      `--pid-file=${folder.pid}`,
      `--bundle=${folder.path}`,
      id,
    ]);
  }
  const common = [`--root=${folder.runtime}`, `--log=${folder.log}`];
  const run = ["run", "--detach", `--pid-file=${folder.pid}`, "--bundle", folder.path];
  if (runtime === "crun") {
    // Cgroups are ours: the warden puts the runtime into them before its first instruction.
    return [
      program,
      ...common,
      "--cgroup-manager=disabled",
      ...run,
      `--preserve-fds=${passedDescriptors}`,
      id,
    ];
  }
  return [program, ...common, ...run, `--preserve-fds=${passedDescriptors}`, id];
}

/** The command that makes a runtime forget a bundle; undefined where removing its folder does. */
export function forgetCommand(place: RuntimePlace): readonly string[] | undefined {
  const { runtime, program, id, folder } = place;
  if (runtime !== "runc") return undefined;
  return [program, `--root=${folder.runtime}`, "delete", "--force", id];
}
