import { MachineRig } from "./machine-rig.ts";
import { gvisorPlugin } from "@bedplate/environment-container";
const t = () => performance.now();
await using rig = await MachineRig.open({}, { plugin: gvisorPlugin as never });
let t0 = t(); const m = await rig.environment.create(rig.spec(), rig.call()); const t1 = t();
await m.start(rig.call()); const t2 = t();
console.log(await rig.run(m, ["/bin/echo", "hello"])); console.log("create", t1 - t0, "start", t2 - t1, "exec", t() - t2);
console.log(await rig.sh(m, "id; dmesg | head -3; df -h / | tail -1; echo x > ~/f; cat ~/f"));
await m.facets.exec.start({ argv: ["/bin/sh", "-c", "i=0; while :; do i=$((i+1)); echo $i > /home/user/n; sleep 0.05; done"] }, rig.call());
await m.facets.pause.pause(rig.call()); await m.facets.pause.resume(rig.call());
t0 = t(); const snap = await m.facets.snapshot.capture({ scope: "machine", sink: async (c) => { rig.store(c) } }, rig.call());
console.log("capture", t() - t0, snap.chunks.length, snap.chunks.reduce((a, c) => a + c.bytes, 0));
for (let i = 0; i < 2; i++) {
t0 = t(); const m2 = await rig.machine({ from: snap }); const tt = t();
console.log(await rig.sh(m2, "cat ~/f ~/n; sleep 0.2; cat ~/n; hostname; ps aux | wc -l; head -c 8 /dev/urandom | od -An -tx1"), "restore", tt - t0, t() - tt);
await rig.release(m2);
}
console.log(await rig.sh(m, "cat ~/n; sleep 0.2; cat ~/n"));
await rig.release(m);
