import type { Call, KeyedCall } from "./call.ts";

/** A volume in a machine. */
export interface VolumeMount {
  /** Names the volume among those of this host: letters, digits and hyphens, at most 64. */
  readonly volume: string;
  /** Absolute, without `.` and `..`; made where it is missing. */
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Bytes that fit into the volume; the first mount decides. */
  readonly bytes: number;
}

/**
 * Folders of this host that outlive machines. A volume begins, empty, with the first machine that has
 * it, and belongs to the host whose machines do. From `create` until `release` a machine has its
 * volumes: one that writes has a volume alone, those that only read share it; anything else is
 * `resource.busy`, and names who has it.
 */
export interface VolumesDriver {
  /** The volumes that have been begun and not erased. */
  list(call: Call): AsyncIterable<string>;
  /**
   * Erases what is in a volume, and forgets it. One that a machine has is `resource.busy`; one that is
   * not there is erased already.
   */
  erase(volume: string, call: KeyedCall): Promise<void>;
}

/** Most volumes of one machine. */
export const volumesMax = 16;

/** What a volume may be called. */
export const volumeNamePattern = "^[a-z0-9][a-z0-9-]{0,63}$";

/** Where no volume can be: the machine's own places. */
export const reservedPaths: readonly string[] = ["/proc", "/sys", "/dev", "/run", "/etc", "/usr"];
