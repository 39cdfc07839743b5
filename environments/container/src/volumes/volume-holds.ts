import type { VolumeMount } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

type Hold = Pick<VolumeMount, "volume" | "isReadOnly">;

/** Who has which volume: one that writes, or any number that read. Nothing here waits. */
export class VolumeHolds {
  /** By volume, who has it, and whether that one only reads. */
  readonly #held = new Map<string, Map<string, boolean>>();

  /** Takes all of them, or none. */
  take(holder: string, holds: readonly Hold[], verb: "mount" | "erase" = "mount"): void {
    for (const hold of holds) this.#demandFree(hold, verb);
    for (const { volume, isReadOnly } of holds) {
      const holders = this.#held.get(volume) ?? new Map<string, boolean>();
      this.#held.set(volume, holders.set(holder, isReadOnly));
    }
  }

  /** Lets go of all that somebody has. */
  drop(holder: string): void {
    for (const [volume, holders] of this.#held) {
      if (holders.delete(holder) && holders.size === 0) this.#held.delete(volume);
    }
  }

  isHeld(volume: string): boolean {
    return this.#held.has(volume);
  }

  #demandFree({ volume, isReadOnly }: Hold, verb: "mount" | "erase"): void {
    for (const [by, reads] of this.#held.get(volume) ?? []) {
      if (!reads || !isReadOnly) throw busyVolume(verb, { volume, by });
    }
  }
}

/** A volume that somebody else has. */
export function busyVolume(
  verb: "mount" | "erase",
  { volume, by }: { readonly volume: string; readonly by: string },
): Error {
  return raise("resource.busy", {
    op: `environment.${verb === "mount" ? "create" : "eraseVolume"}`,
    subject: `volume/${volume}`,
    effect: "none",
    detail: { type: "volume", id: volume, by },
    message: `Cannot ${verb} volume/${volume}: ${by} has it`,
  });
}
