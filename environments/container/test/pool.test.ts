import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { readRecord } from "../src/machine/machine-record.ts";
import { describeOnHost } from "./describe-on-host.ts";
import { leftBy, nothingLeft } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing } = await readHostFacts();

/** Machines on this host that nobody has. */
const spares = ({ owner, folder }: MachineRig) =>
  leftBy(owner, folder).filter((each) => each.startsWith("machine "));

/** Spares that have been started. */
function idsOfSpares({ folder }: MachineRig): readonly string[] {
  const machines = join(folder, "state", "machines");
  return readdirSync(machines).filter((id) => {
    const record = readRecord(join(machines, id, "machine.json"));
    return record?.isSpare === true && record.started !== undefined;
  });
}

describeOnHost("the pool", missing, () => {
  it("gives a started machine with the bounds and variables that were asked for", async () => {
    await using rig = await MachineRig.open({ warmMachines: 1, warmNetworks: 1 });
    const first = await rig.machine();
    await rig.sh(first, "echo mine > $HOME/file");
    await rig.release(first);
    await expect.poll(() => leftBy(rig.owner, rig.folder).length).toBeGreaterThan(0);
    const spec = rig.spec({ env: { NAME: "given" }, caps: { memoryBytes: 200_000_000 } });
    const machine = await rig.environment.create(spec, rig.call());
    expect((await machine.status(rig.call())).phase).toBe("created");
    await machine.start(rig.call());
    const { stdout } = await rig.sh(
      machine,
      "echo $NAME; ls $HOME; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null",
    );
    // The kernel counts in pages.
    expect(stdout).toBe(`given\n${200_000_000 - (200_000_000 % 4096)}\n`);
    const listed = await Array.fromAsync(rig.environment.inventory(rig.call()));
    expect(listed.map(({ id }) => id)).toEqual([machine.handle.id]);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("keeps machines of the kinds that were asked for last, and drops the others", async () => {
    await using rig = await MachineRig.open({ warmMachines: 1, warmKinds: 2 });
    const asRoot = { user: "root" };
    const inMemory = { writes: "memory" };
    for (const config of [{}, asRoot]) await rig.release(await rig.machine({ config }));
    await expect.poll(() => spares(rig), { timeout: 20_000 }).toHaveLength(2);
    for (const config of [{}, asRoot, {}, inMemory]) {
      await rig.release(await rig.machine({ config }));
    }
    await expect.poll(() => spares(rig), { timeout: 20_000 }).toHaveLength(2);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("gives way to a machine of another kind where there is no more room", async () => {
    await using rig = await MachineRig.open({ warmMachines: 2, machinesMax: 2 });
    await rig.release(await rig.machine());
    await expect.poll(() => spares(rig), { timeout: 20_000 }).toHaveLength(2);
    const [one, two] = [
      await rig.machine({ config: { user: "root" } }),
      await rig.machine({ config: { writes: "memory" } }),
    ];
    expect((await rig.sh(one, "id -u")).stdout).toBe("0\n");
    expect((await rig.sh(two, "id -un")).stdout).toBe("user\n");
    await expect(rig.machine()).rejects.toMatchObject({ fault: { code: "quota.exceeded" } });
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("gives the spare of the kind that is asked for where there is no more room", async () => {
    await using rig = await MachineRig.open({ warmMachines: 1, machinesMax: 2 });
    await rig.machine();
    await expect.poll(() => idsOfSpares(rig), { timeout: 20_000 }).toHaveLength(1);
    const [spare] = idsOfSpares(rig);
    expect((await rig.machine()).handle.id).toBe(spare);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("never makes more machines than there is room for, however many are asked for at once", async () => {
    await using rig = await MachineRig.open({ machinesMax: 2, warmNetworks: 0 });
    const made = await Promise.allSettled([1, 2, 3, 4].map(() => rig.machine()));
    expect(made.map(({ status }) => status).toSorted()).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });
});
