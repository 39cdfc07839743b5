import { randomUUID } from "node:crypto";
import type { VolumeMount } from "../../volumes.ts";
import type { CaseRig } from "../case-rig.ts";
import { command, type MachineRig } from "./machine-rig.ts";

/** Bytes of a volume in a case: small, and as much as a file system of its own wants. */
export const volumeBytes: number = 32 * 1024 * 1024;

/** Hands out names of volumes that nobody had; at the end their machines are gone, and they are erased. */
export async function withVolumes(
  rig: CaseRig,
  work: (fresh: () => string) => Promise<void>,
): Promise<void> {
  const made: string[] = [];
  const fresh = () => {
    const volume = `case-${randomUUID()}`;
    made.push(volume);
    return volume;
  };
  try {
    await work(fresh);
  } finally {
    await rig.tidy();
    const environment = await rig.environment();
    await Promise.allSettled(made.map((each) => environment.eraseVolume(each, rig.call())));
  }
}

/** A volume at `/data`, for a writer unless it is said otherwise. */
export function mounted(volume: string, change: Partial<VolumeMount> = {}): VolumeMount {
  return { volume, path: "/data", isReadOnly: false, bytes: volumeBytes, ...change };
}

export function readFile(machine: MachineRig, path: string): Promise<string> {
  return machine.ask(command(machine.rig, "readFile")(path));
}

export async function writeFile(machine: MachineRig, path: string, text: string): Promise<void> {
  await machine.ask(command(machine.rig, "writeFile")(path, text));
}

/** How a command ended that may well fail. */
export async function codeOf(machine: MachineRig, argv: readonly string[]): Promise<number | null> {
  return (await machine.run(argv)).exit.code;
}
