import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { idRangeOf } from "../berth/id-range.ts";
import { type Bind, ociConfig } from "../bundle/oci-config.ts";
import { ownOpenFilesMax } from "../host/own-limits.ts";
import { relayProgram } from "../launch/warden.ts";
import { machineUser } from "../rootfs/host-skeleton.ts";
import { boundBinds } from "./bound-files.ts";
import { cgroupName } from "./cgroup-name.ts";
import type { Ground } from "./ground.ts";
import type { MachineFolder } from "./machine-folder.ts";
import type { MachineRecord } from "./machine-record.ts";

/** Where the guest agent is, inside. */
const guestPath = "/run/bedplate-guest";

/** Where the agent listens in a machine whose kernel gets no descriptors of the host. */
export const innerSocket = "/run/bedplate/guest.sock";

/** What carries bytes between that socket and the host, inside. */
export const relayPath = "/run/bedplate-relay";

/** What programs tell one boot from another by. Of the runtimes, only crun lets it be another's. */
const bootIdPath = "/proc/sys/kernel/random/boot_id";

/** Shares of a machine's memory that its shared and its temporary files may take. */
const memoryShares = { shared: 4, temporary: 4 } as const;

/** Descriptors of one process. */
const openFilesMax = 16_384;

/** Writes the configuration that the runtime reads. */
export function writeBundle(
  ground: Ground,
  machine: { readonly record: MachineRecord; readonly folder: MachineFolder },
): void {
  const { record, folder } = machine;
  writeFileSync(folder.resolver, resolverText(ground.networks.nameServer), { mode: 0o644 });
  writeFileSync(folder.bootId, `${randomUUID()}\n`, { mode: 0o644 });
  const memoryBytes = record.caps.memoryBytes ?? 0;
  const config = ociConfig({
    runtime: record.runtime,
    rootFolder: folder.mounts.root,
    // The same for all: what is restored somewhere else needs no other.
    hostName: "machine",
    argv: [guestPath, "--listen", record.runtime === "runsc" ? `unix:${innerSocket}` : "fd:4"],
    environment: { ...record.env, BEDPLATE_GUEST_TOKEN: record.token },
    user:
      record.config.user === "root"
        ? { uid: 0, gid: 0 }
        : { uid: machineUser.id, gid: machineUser.id },
    ids: idRangeOf(record.berth),
    cgroupPath: ground.cgroups.pathOf(cgroupName(record)),
    networkNamespace: ground.networks.namespaceOf(record.berth),
    binds: bindsOf(ground, machine),
    hasRoot: record.config.user === "root",
    sharedMemoryBytes: Math.floor(memoryBytes / memoryShares.shared),
    temporaryBytes: Math.floor(memoryBytes / memoryShares.temporary),
    openFilesMax: Math.min(openFilesMax, ownOpenFilesMax()),
  });
  writeFileSync(folder.config, JSON.stringify(config), { mode: 0o600 });
}

function resolverText(nameServer: string | undefined): string {
  return nameServer === undefined ? "" : `nameserver ${nameServer}\noptions timeout:2 attempts:2\n`;
}

function bindsOf(
  ground: Ground,
  { record, folder }: { readonly record: MachineRecord; readonly folder: MachineFolder },
): readonly Bind[] {
  const folders = (record.config.hostFolders ?? []).map(({ path, isReadOnly }, index) => ({
    source: folder.mounts.hostFolder(index),
    target: path,
    isReadOnly: isReadOnly === true,
  }));
  const volumes = (record.volumes ?? []).map(({ path, isReadOnly }, index) => ({
    source: folder.mounts.volume(index),
    target: path,
    isReadOnly,
  }));
  const { nameServer } = ground.networks;
  const names = { source: folder.resolver, target: "/etc/resolv.conf", isReadOnly: true };
  const host = { source: folder.mounts.usr, target: "/usr", isReadOnly: true };
  const guest = { source: ground.guestProgram, target: guestPath, isReadOnly: true };
  // The host's would tell machines of one host from those of another, and never change.
  const bootId = { source: folder.bootId, target: bootIdPath, isReadOnly: true };
  const relay = { source: relayProgram, target: relayPath, isReadOnly: true };
  return [
    ...(record.usesHost ? [host] : []),
    ...folders,
    ...volumes,
    ...boundBinds(ground, { record, folder }),
    ...(nameServer === undefined ? [] : [names]),
    guest,
    ...(record.runtime === "crun" ? [bootId] : []),
    ...(record.runtime === "runsc" ? [relay] : []),
  ];
}
