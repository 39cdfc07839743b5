import { existsSync, readFileSync, rmSync } from "node:fs";
import { raise } from "@bedplate/errors";
import { runCommand } from "../launch/runtime-command.ts";
import { cgroupName } from "./cgroup-name.ts";
import { type Ground, hostTimeoutMs } from "./ground.ts";
import { launchPlan } from "./launch-plan.ts";
import type { MachineFolder } from "./machine-folder.ts";
import { type MachineRecord, writeRecord } from "./machine-record.ts";
import { writeBundle } from "./write-bundle.ts";

/** Starts a machine that was made; the record that it then has. What fails leaves no process. */
export async function launchMachine(
  ground: Ground,
  machine: { readonly record: MachineRecord; readonly folder: MachineFolder },
): Promise<MachineRecord> {
  const { record, folder } = machine;
  const { runtime, program } = ground;
  writeBundle(ground, machine);
  const checkpoint = existsSync(folder.checkpoint) ? folder.checkpoint : undefined;
  const command = runCommand({ runtime, program, id: record.id, folder }, checkpoint);
  try {
    const { warden, ...done } = ground.moorings.wardenOf(record.berth);
    warden.tell(launchPlan(ground, { record, folder, ...done }));
    const process = await warden.launch({ command, timeoutMs: hostTimeoutMs });
    const started = { ...record, started: { ...process, at: Date.now() } };
    writeRecord(folder.record, started);
    rmSync(folder.checkpoint, { recursive: true, force: true });
    return started;
  } catch (cause) {
    await ground.cgroups.named(cgroupName(record)).kill({ timeoutMs: hostTimeoutMs });
    throw cannotStart(cause as Error, folder);
  }
}

function cannotStart(cause: Error, folder: MachineFolder): Error {
  const said = lastLine(folder.log);
  return raise("environment.unhealthy", {
    op: "instance.start",
    detail: { reason: said === "" ? cause.message : `${cause.message}: ${said}` },
    message: `Cannot start the machine: ${cause.message}${said === "" ? "" : ` (${said})`}`,
    effect: "none",
  });
}

function lastLine(path: string): string {
  try {
    return readFileSync(path, "utf8").trim().split("\n").at(-1)?.slice(0, 512) ?? "";
  } catch {
    return "";
  }
}
