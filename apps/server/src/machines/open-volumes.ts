import {
  type MachineNode,
  NodeHomes,
  VolumeService,
  VolumeStore,
  type VolumesModules,
} from "@bedplate/machines";
import type { MachinesParts } from "./open-machines.ts";

/** Volumes of a process: what was deleted is erased at once where its node is this one. */
export function openVolumes(
  parts: Pick<MachinesParts, "state" | "clock" | "random" | "quotaOf"> &
    ConstructorParameters<typeof NodeHomes>[0] &
    Pick<VolumesModules, "offer" | "standardSlot">,
  node: MachineNode,
): VolumeService {
  return new VolumeService({
    ...parts,
    volumes: new VolumeStore(parts),
    homes: new NodeHomes(parts),
    onDeleted: async (volume) => {
      if (volume.node === node.id) await node.eraseVolumes();
    },
  });
}
