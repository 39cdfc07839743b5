import { readFileSync } from "node:fs";
import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { bridgeName } from "../../src/network/addresses.ts";
import { describeOnHost } from "../describe-on-host.ts";
import { MachineRig } from "../machine-rig.ts";

const { missing } = await readHostFacts();

/** So many that one of them would have had a lesser hardware address than all before. */
const newcomers = 6;

/** A connection to an address of documentation: no policy allows it, so it is refused at once. */
const refused =
  "socket S, 2, 1, 6; connect S, pack('Sna4x8', 2, 9, pack('C4', 198, 51, 100, 7)); print $! + 0";
const connectionRefused = "111";

describeOnHost("the bridge of all machines", missing, () => {
  it("is the same to a machine while others come and go", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    const hardware = () => readFileSync(`/sys/class/net/${bridgeName}/address`, "utf8");
    const before = hardware();
    const ask = () => rig.run(machine, ["/usr/bin/perl", "-e", `$| = 1; alarm 9; ${refused}`]);
    expect((await ask()).stdout).toBe(connectionRefused);
    for (let each = 0; each < newcomers; each += 1) {
      const other = await rig.machine();
      expect(hardware()).toBe(before);
      await rig.release(other);
      expect(hardware()).toBe(before);
    }
    expect((await ask()).stdout).toBe(connectionRefused);
  });
});
