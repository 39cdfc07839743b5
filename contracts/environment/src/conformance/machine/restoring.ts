import type { SnapshotManifest, SnapshotScope } from "../../facets/snapshot.ts";
import type { Environment } from "../../gate/environment.ts";
import type { InstanceSpec } from "../../instance-driver.ts";
import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual } from "../expectations.ts";
import type { RigHost } from "../rig-host.ts";
import { type MachineRig, openMachine } from "./machine-rig.ts";

/** A machine with something in it, on a host of its own. */
export interface Furnished {
  readonly machine: MachineRig;
  readonly environment: Environment;
  readonly host: RigHost;
  /** What was in its folder, entry by entry. */
  readonly entries: readonly unknown[];
}

const texts = { "plain.txt": "plain", "deep/er/private": "private", empty: "" };

/** Opens an environment, and makes a machine there with files of several kinds. */
export async function furnish(rig: CaseRig, spec: Partial<InstanceSpec> = {}): Promise<Furnished> {
  const { environment, host } = await rig.open();
  const machine = await openMachine(rig, { environment, spec });
  const root = machine.path("furniture");
  for (const [name, text] of Object.entries(texts)) await machine.write(`${root}/${name}`, text);
  const folder = { path: `${root}/folder`, mode: 0o700 };
  await machine.files.makeFolder(folder, rig.call());
  const { link } = rig.subject.machine?.commands ?? {};
  if (link !== undefined && rig.declares("exec")) {
    await machine.ask(link.call(rig.subject.machine?.commands, `${root}/link`, "plain.txt"));
  }
  return { machine, environment, host, entries: await entriesOf(machine) };
}

/** A started machine that was restored from the snapshot. */
export async function restore(
  { machine, environment }: Pick<Furnished, "machine" | "environment">,
  manifest: SnapshotManifest,
): Promise<MachineRig> {
  return openMachine(machine.rig, { environment, spec: { from: manifest } });
}

/** The files are there as they were made. */
export async function unchanged(
  machine: MachineRig,
  { entries }: Pick<Furnished, "entries">,
): Promise<void> {
  ensureEqual(await entriesOf(machine), entries, "entries");
  for (const [name, text] of Object.entries(texts)) {
    ensureEqual(await machine.read(`${machine.path("furniture")}/${name}`), text, name);
  }
}

/** A process goes on counting in a clone from where it was, and is the same to who looks for it. */
export async function goesOn(
  clone: MachineRig,
  process: { readonly id: string; readonly counted: number },
): Promise<void> {
  const { id, counted } = process;
  const found = (await clone.exec.list(clone.rig.call())).find((each) => each.id === id);
  ensure(found !== undefined, "the process is not in the clone");
  ensureEqual(found.exit, undefined, "the exit of the process in the clone");
  let last: number | undefined;
  for await (const line of clone.lines(found, 0)) {
    if (last !== undefined) ensureEqual(Number(line), last + 1, "what follows in the clone");
    last = Number(line);
    if (last >= counted + 5) return;
  }
  ensure(false, "the process ended in the clone");
}

/** The scopes that the environment can capture, and restore. */
export function scopesOf(rig: CaseRig): readonly SnapshotScope[] {
  const { scopes = [] } = rig.manifest.declares.snapshot ?? {};
  return scopes.filter((each) => each !== "layer");
}

async function entriesOf(machine: MachineRig): Promise<readonly unknown[]> {
  const request = { path: machine.path("furniture"), depth: 8 };
  return Array.fromAsync(machine.files.list(request, machine.rig.call()));
}
