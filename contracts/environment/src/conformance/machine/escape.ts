import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual, ensureFault, thrownBy } from "../expectations.ts";
import { type MachineRig, openMachine } from "./machine-rig.ts";

/** FI-04: a file of the host with a secret, and every way that a path could lead to it. */
export async function nothingEscapes(rig: CaseRig): Promise<void> {
  const machine = await openMachine(rig);
  const folder = mkdtempSync(join(tmpdir(), "bedplate-escape-"));
  const secret = `host-secret-${folder}`;
  const file = join(folder, "secret");
  writeFileSync(file, secret);
  try {
    await climb(machine, file);
    await throughLinks(machine, { file, secret });
    ensureEqual(readFileSync(file, "utf8"), secret, "the file of the host");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function climb(machine: MachineRig, file: string): Promise<void> {
  const invalid = { code: "argument.invalid", effect: "none" } as const;
  const up = "/..".repeat(12);
  const paths = [`${up}${file}`, `/tmp${up}${file}`, "..", `a${up}${file}`, "/tmp/../etc"];
  for (const path of paths) {
    await ensureFault(() => machine.read(path), invalid);
    await ensureFault(() => machine.write(path, "overwritten"), invalid);
    await ensureFault(() => machine.files.delete({ path }, machine.rig.call()), invalid);
    const move = { path: machine.path("x"), to: path };
    await ensureFault(() => machine.files.move(move, machine.rig.call()), invalid);
  }
}

async function throughLinks(
  machine: MachineRig,
  host: { readonly file: string; readonly secret: string },
): Promise<void> {
  const { link } = machine.rig.subject.machine?.commands ?? {};
  if (link === undefined || !machine.rig.declares("exec")) return;
  const commands = machine.rig.subject.machine?.commands;
  const targets = [host.file, `${"../".repeat(20)}${host.file.slice(1)}`];
  for (const [at, target] of targets.entries()) {
    const path = machine.path(`link-${at}`);
    await machine.ask(link.call(commands, path, target));
    const entry = await machine.files.stat({ path }, machine.rig.call());
    ensureEqual([entry.kind, entry.target], ["link", target], "the link itself");
    const read = await machine.read(path).catch(() => "");
    ensure(read !== host.secret, `a link to ${target} led to the host`);
    await thrownBy(() => machine.write(path, "overwritten"));
    const above = machine.path(`above-${at}`);
    await machine.ask(link.call(commands, above, target.slice(0, target.lastIndexOf("/"))));
    const through = await machine.read(`${above}/secret`).catch(() => "");
    ensure(through !== host.secret, "a link to a folder led to the host");
    await thrownBy(() => machine.write(`${above}/secret`, "overwritten"));
    await machine.files.delete({ path }, machine.rig.call());
  }
}
