import type { Environment } from "@bedplate/environment";
import { toFault } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import type { Machine } from "../machine.ts";
import type { ErasingVolume } from "../volumes/volume-tables.ts";
import type { instanceCall } from "./instance-form.ts";
import type { NodeControl } from "./node-control.ts";

/** What volumes are erased with. */
export interface EraserGround {
  readonly node: string;
  readonly control: NodeControl;
  readonly log: Log;
  environmentOf(slot: string): Environment | undefined;
  /** The machines that this node keeps, wanted or not. */
  machines(): Iterable<Machine>;
  call(key: string): ReturnType<typeof instanceCall>;
}

/**
 * Erases what is in volumes whose records are gone. What fails, or is still a machine's that the node
 * has not ended yet, is tried again by the next look.
 */
export async function eraseVolumes(ground: EraserGround): Promise<void> {
  const { control, node, log } = ground;
  for await (const volume of control.erasing(node)) {
    try {
      if (!isKept(volume, ground.machines())) await erase(volume, ground);
    } catch (error) {
      const { code } = toFault(error, "volumes.erase");
      log.warn("volume not erased", { volumeId: volume.id, code });
    }
  }
}

async function erase(volume: ErasingVolume, ground: EraserGround): Promise<void> {
  const environment = ground.environmentOf(volume.slot);
  if (environment === undefined) return;
  await environment.eraseVolume(volume.id, ground.call(`erase.${volume.id}`));
  await ground.control.erased(volume);
  ground.log.info("volume erased", { volumeId: volume.id });
}

function isKept({ id }: ErasingVolume, machines: Iterable<Machine>): boolean {
  return [...machines].some(({ volumes = [] }) => volumes.some(({ volume }) => volume === id));
}
