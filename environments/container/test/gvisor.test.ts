import type { Plugin } from "@bedplate/environment";
import {
  type ContainerDeclares,
  gvisorPlugin,
  readHostFacts,
} from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing, runtimes } = await readHostFacts();
const absent = runtimes.runsc === undefined ? [...missing, "runsc"] : missing;
const plugin = gvisorPlugin as unknown as Plugin<ContainerDeclares>;

describeOnHost("a machine of gVisor", absent, () => {
  it("is forked with its memory, and each goes its own way", async () => {
    await using rig = await MachineRig.open({}, { plugin });
    const machine = await rig.machine();
    const count = "i=0; while :; do i=$((i+1)); echo $i >> /home/user/n; sleep 0.02; done";
    await machine.facets.exec.start({ argv: ["/bin/sh", "-c", count] }, rig.call());
    await rig.sh(machine, "sleep 0.4");
    const before = Number((await rig.sh(machine, "tail -1 /home/user/n")).stdout);
    const sink = async (chunk: Uint8Array) => void rig.store(chunk);
    const snapshot = await machine.facets.snapshot.capture({ scope: "machine", sink }, rig.call());
    const clones = [await rig.machine({ from: snapshot }), await rig.machine({ from: snapshot })];
    const said = await Promise.all(
      clones.map((each) =>
        rig.sh(each, "tail -1 /home/user/n; head -c 8 /dev/urandom | od -An -tx1"),
      ),
    );
    for (const { stdout } of said)
      expect(Number(stdout.split("\n")[0])).toBeGreaterThanOrEqual(before);
    expect(new Set(said.map(({ stdout }) => stdout.split("\n")[1])).size).toBe(2);
    const at = Number((await rig.sh(machine, "tail -1 /home/user/n")).stdout);
    await rig.sh(machine, "sleep 0.4");
    expect(Number((await rig.sh(machine, "tail -1 /home/user/n")).stdout)).toBeGreaterThan(at);
  });

  it("has a kernel of its own between what runs and the host", async () => {
    await using rig = await MachineRig.open({}, { plugin });
    const machine = await rig.machine();
    expect((await rig.sh(machine, "uname -r; cat /proc/version")).stdout).toContain("4.4.0");
    expect((await machine.status(rig.call())).phase).toBe("running");
  });
});
