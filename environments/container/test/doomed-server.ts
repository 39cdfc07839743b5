import { MachineRig } from "./machine-rig.ts";

// Makes a machine that counts, says which it is, and waits to be killed; by then berths stand ready for more.
const rig = await MachineRig.open({ warmNetworks: 2 });
const machine = await rig.machine();
const script =
  "i=0; while :; do i=$((i+1)); echo $i > /home/user/n.new; mv /home/user/n.new /home/user/n; sleep 0.02; done";
await machine.facets.exec.start({ argv: ["/bin/sh", "-c", script] }, rig.call());
await rig.sh(machine, "sleep 0.5");
const { handle } = machine;
process.stdout.write(
  `${JSON.stringify({ folder: rig.folder, owner: rig.owner, handle: { ...handle, state: undefined } })}\n`,
);
setInterval(() => {}, 1000);
