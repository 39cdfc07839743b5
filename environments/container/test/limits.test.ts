import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readHostFacts } from "@bedplate/environment-container";
import { faultOf } from "@bedplate/testkit";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { nothingLeft } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing, runtimes } = await readHostFacts();
const runtimesHere = (["crun", "runc"] as const).filter((each) => runtimes[each] !== undefined);
const mebibyte = 1024 * 1024;

describeOnHost("the bounds of a machine", missing, () => {
  it.each([
    ["memoryBytes", 1024],
    ["cpuMillis", 1],
    ["processes", 1],
    ["diskBytes", 1024],
    ["diskBytes", 2 ** 50],
    ["inodes", 1],
  ])("are refused where no machine can have them: %s %i", async (name, bound) => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const fault = await faultOf(rig.machine({ caps: { [name]: bound } }));
    expect(fault).toMatchObject({ code: "argument.invalid", detail: { path: `/caps/${name}` } });
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("end a fork bomb at the number of processes, and the machine answers afterwards", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ caps: { processes: 32 } });
    const bomb =
      "for (1..400) { $p = fork(); $f++ unless defined $p; if (defined $p && !$p) { sleep 60 } } print $f > 0 ? 'refused' : 'all'; kill 'KILL', 0";
    const { stdout } = await rig.run(machine, ["/usr/bin/perl", "-e", `$| = 1; ${bomb}`]);
    expect(stdout).toBe("refused");
    expect((await rig.sh(machine, "echo alive")).stdout).toBe("alive\n");
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it.each(runtimesHere)(
    "end a memory hog on %s, say that it was for memory, and leave the others",
    async (runtime) => {
      await using rig = await MachineRig.open({ warmNetworks: 0, runtime });
      const machine = await rig.machine({ caps: { memoryBytes: 96 * mebibyte } });
      const { exit } = await rig.run(machine, [
        "/usr/bin/perl",
        "-e",
        "$x = 'x' x 400_000_000; sleep 9",
      ]);
      expect(exit).toMatchObject({ code: null, signal: "SIGKILL", isOutOfMemory: true });
      expect((await rig.sh(machine, "echo alive")).stdout).toBe("alive\n");
      await rig.close();
      await nothingLeft(rig.owner, rig.folder);
    },
  );

  it("count what is written to shared memory and to temporary folders as memory", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ caps: { memoryBytes: 96 * mebibyte } });
    const fill = (path: string) =>
      rig.sh(
        machine,
        `dd if=/dev/zero of=${path} bs=1M count=90 2>&1 | tail -1; stat -c %s ${path}; rm -f ${path}`,
      );
    const bytes = Number((await fill("/dev/shm/file")).stdout.trim().split("\n").at(-1));
    expect(bytes).toBeLessThanOrEqual(24 * mebibyte);
    expect(bytes).toBeGreaterThan(20 * mebibyte);
  });

  it("hold a busy loop back to its share", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ caps: { cpuMillis: 200 } });
    const before = (await machine.status(rig.call())).usage;
    await rig.sh(
      machine,
      "timeout 1.5 sh -c 'while :; do :; done' & timeout 1.5 sh -c 'while :; do :; done'; wait",
    );
    const after = (await machine.status(rig.call())).usage;
    const share = (after.cpuMs - before.cpuMs) / (after.wallMs - before.wallMs);
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.35);
  });

  it("end writing at the size of the disk, and making files at the number of inodes", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ caps: { diskBytes: 32 * mebibyte, inodes: 1024 } });
    const big = await rig.sh(machine, "dd if=/dev/zero of=$HOME/big bs=1M count=64; rm $HOME/big");
    expect(big.stderr).toContain("No space left on device");
    const script =
      "mkdir('/home/user/n'); for (1..2000) { open(F, '>', qq(/home/user/n/$_)) or last; $n++; close F } print $n";
    const many = await rig.run(machine, ["/usr/bin/perl", "-e", script]);
    expect(Number(many.stdout)).toBeLessThan(1024);
    expect(Number(many.stdout)).toBeGreaterThan(500);
  });

  it("keep a flood of output from growing this process", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    const before = process.memoryUsage.rss();
    const argv = ["/usr/bin/head", "-c", String(128 * mebibyte), "/dev/zero"];
    const { id } = await machine.facets.exec.start({ argv }, rig.call());
    let bytes = 0;
    for await (const { data } of machine.facets.exec.output({ process: id, from: 0 }, rig.call())) {
      bytes += data.length;
    }
    expect(bytes).toBe(128 * mebibyte);
    expect(process.memoryUsage.rss() - before).toBeLessThan(112 * mebibyte);
  });

  it("keep descriptors and watches of files within the machine", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    const open = "for (1..100000) { open($h[$_], '<', '/etc/passwd') or last; $n++ } print $n";
    const opened = Number((await rig.run(machine, ["/usr/bin/perl", "-e", open])).stdout);
    expect(opened).toBeLessThan(16_384);
    const watch = "for (1..100000) { last if syscall(294, 0) < 0; $n++ } print $n";
    const watched = Number((await rig.run(machine, ["/usr/bin/perl", "-e", watch])).stdout);
    expect(watched).toBeLessThan(1024);
    expect((await rig.sh(machine, "echo alive")).stdout).toBe("alive\n");
  });

  it("hold what leaves through the network back to its rate", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const rate = 200_000;
    const config = { egressBytesPerSecond: rate };
    const egress = { rules: [], otherwise: "allow" } as const;
    const machine = await rig.machine({ config, egress });
    // Counted by the machine's own device, behind the bound; to an address of documentation.
    const flood =
      "use Time::HiRes 'time'; sub sent { open F, '<', '/proc/net/dev'; for (<F>) { return (split)[9] if /eth0/ } } $s = time; $b = sent(); socket S, 2, 2, 17; while (time < $s + 2) { send S, 'x' x 1400, 0, pack('Sna4x8', 2, 9, pack('C4', 203, 0, 113, 77)) } print +(sent() - $b) / (time - $s)";
    const { stdout } = await rig.run(machine, ["/usr/bin/perl", "-e", flood]);
    expect(Number(stdout)).toBeLessThan(rate * 1.3);
    expect(Number(stdout)).toBeGreaterThan(rate * 0.2);
  });

  it("drop packets where they leave the machine, beyond so many a second", async () => {
    const rate = 1_000;
    await using rig = await MachineRig.open({ warmNetworks: 0, egressPacketsPerSecond: rate });
    const machine = await rig.machine({ egress: { rules: [], otherwise: "allow" } });
    const flood =
      "use Time::HiRes 'time'; sub sent { open F, '<', '/proc/net/dev'; for (<F>) { return (split)[10] if /eth0/ } } $s = time; $b = sent(); socket S, 2, 2, 17; while (time < $s + 2) { send S, 'x', 0, pack('Sna4x8', 2, 9, pack('C4', 203, 0, 113, 77)); $n++ } $t = time - $s; print join ' ', (sent() - $b) / $t, $n / $t";
    const { stdout } = await rig.run(machine, ["/usr/bin/perl", "-e", flood]);
    const [left = 0, tried = 0] = stdout.split(" ").map(Number);
    expect(tried).toBeGreaterThan(2 * rate);
    expect(left).toBeLessThan(rate * 1.3);
    expect(left).toBeGreaterThan(rate * 0.2);
  });

  it("leave no log of the host's that a machine could fill", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    const places =
      "/dev/kmsg /dev/log /dev/console /proc/1/fd/1 /proc/1/fd/2 /run/systemd/journal/socket";
    const script = `for p in ${places}; do (echo x >> $p) 2>/dev/null && echo $p; done; true`;
    expect((await rig.sh(machine, script)).stdout).toBe("");
    const argv = ["/bin/sh", "-c", "exec yes 'a line for a log' >&2"];
    const flood = await machine.facets.exec.start({ argv }, rig.call());
    await rig.sh(machine, "sleep 1");
    expect(bytesIn(`${rig.folder}/state`)).toBeLessThan(mebibyte);
    expect((await rig.sh(machine, "echo alive")).stdout).toBe("alive\n");
    await machine.facets.exec.signal({ process: flood.id, name: "SIGKILL" }, rig.call());
  });

  it("change while the machine runs, and refuse less memory than is in use", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ caps: { memoryBytes: 128 * mebibyte, processes: 32 } });
    const held = await machine.facets.resize.resize(
      { memoryBytes: 256 * mebibyte, processes: 64 },
      rig.call(),
    );
    expect(held).toMatchObject({ memoryBytes: 256 * mebibyte, processes: 64 });
    await machine.facets.exec.start(
      { argv: ["/usr/bin/perl", "-e", "$x = 'x' x 100_000_000; sleep 60"] },
      rig.call(),
    );
    await rig.sh(machine, "sleep 0.5");
    await expect(
      machine.facets.resize.resize({ memoryBytes: 32 * mebibyte }, rig.call()),
    ).rejects.toMatchObject({ fault: { code: "resource.busy" } });
  });
});

/** Bytes of all files below a folder. */
function bytesIn(folder: string): number {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((each) => each.isFile());
  return files.reduce((sum, each) => sum + statSync(join(each.parentPath, each.name)).size, 0);
}
