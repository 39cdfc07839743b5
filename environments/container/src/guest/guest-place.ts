import { sentryCommand } from "../launch/runtime-command.ts";
import type { Ground } from "../machine/ground.ts";
import type { MachineFolder } from "../machine/machine-folder.ts";
import type { MachineRecord } from "../machine/machine-record.ts";
import { innerSocket, relayPath } from "../machine/write-bundle.ts";
import { machineUser } from "../rootfs/host-skeleton.ts";
import type { GuestPlace } from "./guest-link.ts";

/** How the host reaches the agent of a machine. */
export function guestPlace(
  ground: Ground,
  { record, folder }: { readonly record: MachineRecord; readonly folder: MachineFolder },
): GuestPlace {
  const { token, runtime, id } = record;
  if (runtime !== "runsc") return { token, way: { path: folder.socket } };
  const ids = record.config.user === "root" ? "0:0" : `${machineUser.id}:${machineUser.id}`;
  const words = ["exec", `--user=${ids}`, id, relayPath, innerSocket];
  const { program } = ground;
  return { token, way: { command: sentryCommand({ runtime, program, id, folder }, words) } };
}
