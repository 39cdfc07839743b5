import { MachineRig } from "./machine-rig.ts";
const t = () => performance.now();
let t0 = t();
await using rig = await MachineRig.open({warmNetworks: 2});
console.log("open", t() - t0);
for (const i of [0,1,2]) {
  t0 = t(); const m = await rig.environment.create(rig.spec(), rig.call()); const t1 = t();
  await m.start(rig.call()); const t2 = t();
  const said = await rig.run(m, ["/bin/echo", "hello"]); const t3 = t();
  console.log("create", t1 - t0, "start", t2 - t1, "first exec", t3 - t2, said);
  if (i === 0) {
    console.log(await rig.sh(m, "id; pwd; cat /proc/self/cgroup; ls -la ~ ; echo $PATH; df -h / /tmp; ip a 2>/dev/null; cat /proc/self/status | grep -E 'Cap|Secc|NoNew'"));
    let x = t(); for (let j = 0; j < 20; j++) await rig.run(m, ["/bin/true"]); console.log("exec rt", (t() - x) / 20);
    const f = m.facets.files;
    await f.write({ path: "a/b.txt", body: new Blob(["hi"]).stream(), attributes: { x: "1" } }, rig.call());
    console.log(await f.stat({ path: "a/b.txt" }, rig.call()));
    for await (const e of f.list({ path: "/home/user", depth: 3 }, rig.call())) console.log(e.path);
    console.log(await m.status(rig.call()));
    await m.facets.pause.pause(rig.call()); console.log((await m.status(rig.call())).phase); await m.facets.pause.resume(rig.call());
    const chunks = new Map(); 
    const snap = await m.facets.snapshot.capture({ scope: "files", sink: async (c) => { rig.store(c) } }, rig.call());
    console.log(snap.chunks.length, snap.chunks.reduce((a, c) => a + c.bytes, 0));
    const m2 = await rig.machine({ from: snap });
    console.log(await rig.sh(m2, "cat a/b.txt; id"));
    await rig.release(m2);
  }
  t0 = t(); await m.stop({ graceMs: 0 }, rig.call()); const t4 = t(); await m.release(rig.call()); console.log("stop", t4 - t0, "release", t() - t4);
}
