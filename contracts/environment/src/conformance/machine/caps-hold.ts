import { isFault } from "@bedplate/errors";
import { type CapName, capNames } from "../../caps.ts";
import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual, ensureFault, thrownBy } from "../expectations.ts";
import { command, type MachineRig, openMachine, streamOf } from "./machine-rig.ts";

/** Bounds that are soon reached by a small machine. */
const soonReached: { readonly [C in CapName]: number } = {
  cpuMillis: 500,
  memoryBytes: 64 * 1024 * 1024,
  processes: 24,
  diskBytes: 4 * 1024 * 1024,
  inodes: 200,
  egressBytesPerSecond: 1_000_000,
};

/** How each bound is passed, and how that shows; those without a way are looked at from inside. */
const ways: { readonly [C in CapName]?: (machine: MachineRig, limit: number) => Promise<void> } = {
  async memoryBytes(machine, limit) {
    const { exit } = await machine.run(command(machine.rig, "takeMemory")(2 * limit));
    ensureEqual(
      [exit.signal, exit.isOutOfMemory],
      ["SIGKILL", true],
      "the end of a greedy process",
    );
  },
  async processes(machine, limit) {
    const { exit } = await machine.run(command(machine.rig, "fork")(2 * limit));
    ensure(exit.code !== 0, "twice as many processes as allowed were started");
  },
  async diskBytes(machine, limit) {
    const { exit } = await machine.run(
      command(machine.rig, "fill")(machine.path("big"), 2 * limit),
    );
    ensure(exit.code !== 0, "twice as many bytes as allowed were written");
    await machine.files.delete({ path: machine.path("big") }, machine.rig.call());
    const body = streamOf(new Uint8Array(limit + 1));
    const error = await thrownBy(() =>
      machine.files.write({ path: machine.path("big"), body }, machine.rig.call()),
    );
    if (isFault(error, "argument.invalid")) return;
    ensure(isFault(error, "quota.exceeded"), `a file larger than the disk: ${String(error)}`);
    ensureEqual(error.fault.detail.meter, "diskBytes", "the bound named");
    const left = await machine.paths(machine.path("").replace(/\/$/, ""));
    ensure(!left.includes(machine.path("big")), "a part of the refused file is there");
  },
  async inodes(machine, limit) {
    const folder = machine.path("many");
    await machine.files.makeFolder({ path: folder }, machine.rig.call());
    const { exit } = await machine.run(command(machine.rig, "makeFiles")(folder, 2 * limit));
    ensure(exit.code !== 0, "twice as many files as allowed were made");
  },
};

const needed: { readonly [C in CapName]?: "takeMemory" | "fork" | "fill" | "makeFiles" | "cap" } = {
  memoryBytes: "takeMemory",
  processes: "fork",
  diskBytes: "fill",
  inodes: "makeFiles",
  cpuMillis: "cap",
};

/** EX-16: passes each declared bound in a machine of its own, and looks at a neighbour. */
export async function capsHold(rig: CaseRig): Promise<void> {
  const { caps = [] } = rig.manifest.declares.exec ?? {};
  const say = command(rig, "say");
  const neighbour = await openMachine(rig);
  for (const name of capNames) {
    const limit = rig.subject.machine?.tight?.[name] ?? soonReached[name];
    const spec = { caps: { [name]: limit } };
    if (!caps.includes(name)) {
      const environment = await rig.environment();
      await ensureFault(() => environment.create({ ...rig.spec("echo"), ...spec }, rig.call()), {
        code: "argument.invalid",
        effect: "none",
      });
      continue;
    }
    const way = ways[name];
    const machine = await openMachine(rig, { spec });
    const tool = needed[name] ?? "cap";
    ensure(rig.subject.machine?.commands[tool] !== undefined, `there is no command "${tool}"`);
    if (way === undefined) {
      const inside = await machine.ask(command(rig, "cap")(name));
      ensureEqual(Number(inside), limit, `${name} inside`);
    } else await way(machine, limit);
    ensureEqual(await machine.ask(say("still here")), "still here", `the machine after ${name}`);
    ensureEqual(await neighbour.ask(say("quiet")), "quiet", `the neighbour after ${name}`);
  }
}
