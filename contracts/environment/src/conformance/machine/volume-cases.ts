import type { VolumeMount } from "../../volumes.ts";
import type { CaseRig } from "../case-rig.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "../expectations.ts";
import { crash } from "../recovery-cases.ts";
import { all } from "../requirements.ts";
import { fileSnapshots, keepsVolumes } from "./machine-requirements.ts";
import { command, MachineRig, openMachine } from "./machine-rig.ts";
import { codeOf, mounted, readFile, volumeBytes, withVolumes, writeFile } from "./volume-rig.ts";

const busy = { code: "resource.busy", effect: "none" } as const;
const text = "kept for the next one";

/** VO: folders that outlive machines. */
export const volumeCases: readonly ConformanceCase[] = [
  {
    id: "VO-01",
    law: "What is written to a volume is in the next machine that has it, wherever it is there, and in no other volume",
    requires: keepsVolumes,
    commands: ["readFile", "writeFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const [volume, other] = [fresh(), fresh()];
        await keepText(rig, volume);
        const next = await withVolume(rig, mounted(volume, { path: "/srv/else/where" }));
        ensureEqual(await readFile(next, "/srv/else/where/kept"), text, "what the next one reads");
        const stranger = await withVolume(rig, mounted(other));
        const code = await codeOf(stranger, command(rig, "readFile")("/data/kept"));
        ensure(code !== 0, "another volume has the same file");
      }),
  },
  {
    id: "VO-02",
    law: "A volume has one machine that writes, or any number that read; others are refused, and hear who has it",
    requires: keepsVolumes,
    commands: ["readFile", "writeFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const volume = fresh();
        const reading = mounted(volume, { isReadOnly: true });
        const writer = await withVolume(rig, mounted(volume));
        await writeFile(writer, "/data/kept", text);
        for (const each of [mounted(volume), reading]) await demandBusy(rig, each);
        await rig.retire(writer.instance);
        const readers = [await withVolume(rig, reading), await withVolume(rig, reading)];
        for (const each of readers) {
          ensureEqual(await readFile(each, "/data/kept"), text, "what a reader reads");
        }
        await demandBusy(rig, mounted(volume));
        for (const each of readers) await rig.retire(each.instance);
        await withVolume(rig, mounted(volume));
      }),
  },
  {
    id: "VO-03",
    law: "A machine that only reads a volume cannot change it",
    requires: keepsVolumes,
    commands: ["readFile", "writeFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const volume = fresh();
        await keepText(rig, volume);
        const reader = await withVolume(rig, mounted(volume, { isReadOnly: true }));
        for (const path of ["/data/kept", "/data/new"]) {
          const code = await codeOf(reader, command(rig, "writeFile")(path, "changed"));
          ensure(code !== 0, `${path} was written`);
        }
        ensureEqual(await readFile(reader, "/data/kept"), text, "the file afterwards");
      }),
  },
  {
    id: "VO-04",
    law: "No more fits into a volume than its bytes, and it is not the machine's own disk that they are taken of",
    requires: keepsVolumes,
    commands: ["fill", "writeFile", "readFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const machine = await withVolume(rig, mounted(fresh()));
        const fill = (bytes: number) => codeOf(machine, command(rig, "fill")("/data/big", bytes));
        ensure((await fill(2 * volumeBytes)) !== 0, "twice as many bytes were written");
        await writeFile(machine, machine.path("own"), "there is room");
        ensureEqual(await readFile(machine, machine.path("own")), "there is room", "its own disk");
        await writeFile(machine, "/data/big", "");
        ensureEqual(await fill(Math.floor(volumeBytes / 2)), 0, "the end of filling half of it");
      }),
  },
  {
    id: "VO-05",
    law: "Volumes that make no sense are refused: odd names, sizes and places, and two in one place",
    requires: keepsVolumes,
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const [volume, other] = [fresh(), fresh()];
        for (const volumes of oddMounts(volume, other)) {
          const making = () => rig.instance("echo", { spec: { volumes }, isStarted: false });
          await ensureFault(making, { code: "argument.invalid", effect: "none" });
        }
        const known = await listed(rig);
        ensure(!known.includes(volume) && !known.includes(other), "a refused volume was begun");
      }),
  },
  {
    id: "VO-06",
    law: "An erased volume is gone with all that was in it; one that a machine has is not erased",
    requires: keepsVolumes,
    commands: ["readFile", "writeFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const volume = fresh();
        const environment = await rig.environment();
        const machine = await withVolume(rig, mounted(volume));
        await writeFile(machine, "/data/kept", text);
        ensure((await listed(rig)).includes(volume), "it is not listed");
        await ensureFault(() => environment.eraseVolume(volume, rig.call()), busy);
        ensureEqual(await readFile(machine, "/data/kept"), text, "the file after a refusal");
        await rig.retire(machine.instance);
        await environment.eraseVolume(volume, rig.call());
        ensure(!(await listed(rig)).includes(volume), "it is still listed");
        await environment.eraseVolume(volume, rig.call());
        const next = await withVolume(rig, mounted(volume));
        const code = await codeOf(next, command(rig, "readFile")("/data/kept"));
        ensure(code !== 0, "what was erased is there again");
      }),
  },
  {
    id: "VO-07",
    law: "After a crash of the host a machine that is alive has its volumes, and one that is absent has none; what was in them is there",
    requires: keepsVolumes,
    commands: ["readFile", "writeFile"],
    controls: ["crash"],
    run: (rig) => withVolumes(rig, async (fresh) => afterCrash(rig, fresh())),
  },
  {
    id: "VO-08",
    law: "A snapshot has nothing of a volume in it",
    requires: all(keepsVolumes, fileSnapshots),
    commands: ["readFile", "writeFile"],
    run: (rig) =>
      withVolumes(rig, async (fresh) => {
        const { environment, host } = await rig.open();
        const spec = { volumes: [mounted(fresh())] };
        const machine = await openMachine(rig, { environment, spec });
        await writeFile(machine, "/data/kept", text);
        await writeFile(machine, machine.path("own"), "captured");
        const { manifest } = await machine.capture("files", { host });
        await rig.retire(machine.instance);
        const clone = await openMachine(rig, { environment, spec: { from: manifest } });
        ensureEqual(await readFile(clone, machine.path("own")), "captured", "its own file");
        const code = await codeOf(clone, command(rig, "readFile")("/data/kept"));
        ensure(code !== 0, "the volume's file was captured");
        await environment.eraseVolume(spec.volumes[0]?.volume ?? "", rig.call());
      }),
  },
];

async function afterCrash(rig: CaseRig, volume: string): Promise<void> {
  const first = await rig.open();
  const spec = { volumes: [mounted(volume)] };
  const machine = await openMachine(rig, { environment: first.environment, spec });
  await writeFile(machine, "/data/kept", text);
  const { handle } = machine.instance;
  const { environment } = await crash(rig, first);
  const record = { handle, spec: { ...rig.spec("echo"), ...spec } };
  const found = await environment.recover(record, rig.call());
  if (found.found === "alive") {
    const making = () => rig.instance("echo", { environment, spec, isStarted: false });
    await ensureFault(making, busy);
    ensureEqual(await readFile(new MachineRig(rig, found.instance), "/data/kept"), text, "a file");
    await rig.retire(found.instance);
  }
  const next = await openMachine(rig, { environment, spec });
  ensureEqual(await readFile(next, "/data/kept"), text, "what the next machine reads");
  await rig.retire(next.instance);
  await environment.eraseVolume(volume, rig.call());
}

function withVolume(rig: CaseRig, mount: VolumeMount): Promise<MachineRig> {
  return openMachine(rig, { spec: { volumes: [mount] } });
}

/** Writes the text into a volume, with a machine that is gone afterwards. */
async function keepText(rig: CaseRig, volume: string): Promise<void> {
  const machine = await withVolume(rig, mounted(volume));
  await writeFile(machine, "/data/kept", text);
  await rig.retire(machine.instance);
}

async function demandBusy(rig: CaseRig, mount: VolumeMount): Promise<void> {
  const making = () => rig.instance("echo", { spec: { volumes: [mount] }, isStarted: false });
  const { fault } = await ensureFault(making, busy);
  ensureEqual(fault.detail["id"], mount.volume, "the volume named");
  ensure(fault.detail["by"] !== "", "it does not say who has the volume");
}

async function listed(rig: CaseRig): Promise<readonly string[]> {
  return Array.fromAsync((await rig.environment()).listVolumes(rig.call()));
}

function oddMounts(volume: string, other: string): readonly (readonly VolumeMount[])[] {
  const one = (change: Partial<VolumeMount>) => [mounted(volume, change)];
  const places = ["data", "/", "/data/", "//data", "/a/../b", "/a/./b", "/proc/x", "/dev", "/etc"];
  return [
    ...places.map((path) => one({ path })),
    ...["", "../x", "a/b", "UP"].map((name) => one({ volume: name })),
    ...[0, -1, 1.5].map((bytes) => one({ bytes })),
    [mounted(volume), mounted(volume, { path: "/elsewhere" })],
    [mounted(volume), mounted(other)],
    [mounted(volume), mounted(other, { path: "/data/within" })],
  ];
}
