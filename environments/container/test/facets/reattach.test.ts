import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { describeOnHost } from "../describe-on-host.ts";
import { MachineRig } from "../machine-rig.ts";

const { missing } = await readHostFacts();
/** More than any buffer on the way. */
const bytes = 8 * 1024 * 1024;

describeOnHost("a process of an earlier life", missing, () => {
  it("is attached to once, however many ask for it at the same time", async () => {
    await using rig = await MachineRig.open({ onClose: "keep", warmNetworks: 0 });
    const machine = await rig.machine();
    const argv = ["/bin/sh", "-c", `read go; head -c ${bytes} /dev/zero`];
    const { id } = await machine.facets.exec.start({ argv, hasInput: true }, rig.call());
    const { handle } = machine;
    await rig.close();
    const { folder, owner } = rig;
    await using again = await MachineRig.reopen({ folder, owner, config: { warmNetworks: 0 } });
    const found = await again.environment.recover({ handle, spec: again.spec() }, again.call());
    if (found.found !== "alive") throw new Error(`It is ${found.found}`);
    const { exec } = found.instance.facets;
    await Promise.all([1, 2, 3].map(() => exec.list(again.call())));
    const data = new TextEncoder().encode("go\n");
    let read = 0;
    const reading = (async () => {
      for await (const piece of exec.output({ process: id, from: 0 }, again.call())) {
        read += piece.data.length;
      }
    })();
    await exec.write({ process: id, data }, again.call());
    await reading;
    expect(read).toBe(bytes);
  });
});
