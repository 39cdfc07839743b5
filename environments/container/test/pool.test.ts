import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { leftBy, nothingLeft } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing } = await readHostFacts();

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
    expect(stdout).toMatch(/^given\n1999\d+|^given\n200000000|^given\n1999/);
    const listed = await Array.fromAsync(rig.environment.inventory(rig.call()));
    expect(listed.map(({ id }) => id)).toEqual([machine.handle.id]);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });
});
