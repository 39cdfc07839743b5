import { join } from "node:path";

/** Where everything of one machine is, so that one folder removed is all of it removed. */
export interface MachineFolder {
  readonly path: string;
  /** Says what it is; written first, deleted last. */
  readonly record: string;
  /** The bundle's configuration, which runtimes want under this name. */
  readonly config: string;
  readonly pid: string;
  readonly exit: string;
  readonly log: string;
  /** What a machine of gVisor reads of its bounds. */
  readonly bounds: string;
  /** Which resolver is asked, as programs inside read it. */
  readonly resolver: string;
  /** The boot's own number. */
  readonly bootId: string;
  /** Where the guest agent listens. */
  readonly socket: string;
  /** A memory image that the machine is started from. */
  readonly checkpoint: string;
  /** The runtime's own records. */
  readonly runtime: string;
  /** Places for mounts; only the machine's warden and the machine see what is mounted there. */
  readonly mounts: MountPlaces;
  readonly disk: string;
}

export interface MountPlaces {
  readonly folder: string;
  readonly disk: string;
  /** The disk with the machine's ids. */
  readonly data: string;
  readonly root: string;
  readonly usr: string;
  /** Layers, folders of the host and volumes by number; a volume's disk has one place, what is in it another. */
  layer(index: number): string;
  hostFolder(index: number): string;
  volumeDisk(index: number): string;
  volume(index: number): string;
}

/** The folder of a machine with that id. */
export function machineFolder(
  id: string,
  places: { readonly stateFolder: string; readonly dataFolder: string },
): MachineFolder {
  const path = join(places.stateFolder, "machines", id);
  const at = (name: string) => join(path, name);
  const mounts = at("m");
  return {
    path,
    record: at("machine.json"),
    config: at("config.json"),
    pid: at("pid"),
    exit: at("exit"),
    log: at("log"),
    bounds: at("bounds"),
    resolver: at("resolv.conf"),
    bootId: at("boot-id"),
    socket: at("guest.sock"),
    checkpoint: at("checkpoint"),
    runtime: at("runtime"),
    disk: join(places.dataFolder, "disks", `${id}.img`),
    mounts: {
      folder: mounts,
      disk: join(mounts, "disk"),
      data: join(mounts, "data"),
      root: join(mounts, "root"),
      usr: join(mounts, "usr"),
      layer: (index) => join(mounts, `layer-${index}`),
      hostFolder: (index) => join(mounts, `folder-${index}`),
      volumeDisk: (index) => join(mounts, `volume-disk-${index}`),
      volume: (index) => join(mounts, `volume-${index}`),
    },
  };
}
