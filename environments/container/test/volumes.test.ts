import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newCall, type VolumeMount } from "@bedplate/environment";
import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { Volumes } from "../src/volumes/volumes.ts";
import { describeOnHost } from "./describe-on-host.ts";
import { nothingLeft } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing } = await readHostFacts();
const mebibyte = 1024 * 1024;

function mount(volume: string, change: Partial<VolumeMount> = {}): VolumeMount {
  return { volume, path: "/data", isReadOnly: false, bytes: 32 * mebibyte, ...change };
}

const writing = [mount("one")];
const reading = [mount("one", { isReadOnly: true })];

/** The image of a volume, which is the only one. */
function imageOf(rig: MachineRig): string {
  const volumes = join(rig.folder, "data", "volumes");
  const [mark = ""] = readdirSync(volumes);
  return join(volumes, mark, "one.img");
}

describeOnHost("a volume of a container", missing, () => {
  it("goes from machine to machine with owners and modes, and leaves no mount and no device", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const first = await rig.machine({ volumes: writing });
    const made = await rig.sh(first, "cd /data && umask 027 && mkdir sub && echo text > sub/file");
    expect(made.exit.code).toBe(0);
    await rig.release(first);
    await nothingLeft(rig.owner, rig.folder);
    const next = await rig.machine({ volumes: [mount("one", { path: "/srv/deep/er" })] });
    const seen = await rig.sh(next, "cd /srv/deep/er && cat sub/file && stat -c '%a %u' sub/file");
    expect(seen.stdout).toBe("text\n640 1000\n");
    await rig.release(next);
    await nothingLeft(rig.owner, rig.folder);
  });

  it("is bounded: bytes and files of it run out, and nobody else's", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ volumes: writing });
    const full = await rig.sh(machine, "dd if=/dev/zero of=/data/big bs=1M count=64 2>&1");
    expect(full.stdout).toContain("No space left on device");
    await rig.sh(machine, "rm /data/big");
    const many = await rig.sh(machine, "cd /data && seq 4000 | xargs touch 2>&1 | tail -n 1");
    expect(many.stdout).toContain("No space left on device");
    expect((await rig.sh(machine, "echo own > /tmp/own && echo own > ~/own")).exit.code).toBe(0);
    await rig.release(machine);
  });

  it("has no devices and no set-user-id programs in it, and root of the machine is nobody outside", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ config: { user: "root" }, volumes: writing });
    const { stdout } = await rig.sh(machine, "grep ' /data ' /proc/self/mountinfo");
    for (const option of ["nosuid", "nodev"]) expect(stdout.split(" ")[5]).toContain(option);
    const node = await rig.sh(machine, "mknod /data/disk b 7 0; mount -o remount,suid,dev /data");
    expect(node.exit.code).not.toBe(0);
    expect((await rig.sh(machine, "ls /data")).stdout).toBe("");
    await rig.release(machine);
  });

  it("that is only read is so for root as well, and for several machines at once", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const writer = await rig.machine({ volumes: writing });
    await rig.sh(writer, "echo text > /data/file");
    const refused = rig.environment.create(rig.spec({ volumes: reading }), rig.call());
    await expect(refused).rejects.toMatchObject({
      fault: { code: "resource.busy", detail: { type: "volume", id: "one" } },
    });
    await rig.release(writer);
    const config = { user: "root" } as const;
    const readers = [
      await rig.machine({ config, volumes: reading }),
      await rig.machine({ config, volumes: reading }),
    ];
    for (const reader of readers) {
      expect((await rig.sh(reader, "cat /data/file")).stdout).toBe("text\n");
      const tried =
        "echo x > /data/file; rm /data/file; touch /data/new; mount -o remount,rw /data";
      expect((await rig.sh(reader, tried)).exit.code).not.toBe(0);
      expect((await rig.sh(reader, "cd /data && ls -A && cat file")).stdout).toBe("file\ntext\n");
    }
    for (const reader of readers) await rig.release(reader);
    await nothingLeft(rig.owner, rig.folder);
  });

  it("whose path is a link in the machine's root is not mounted outside of it", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const outside = mkdtempSync(join(tmpdir(), "bpc-outside-"));
    try {
      for (const target of [outside, `../../../../../..${outside}`, "/proc/self/root/tmp"]) {
        const trap = await rig.machine({ config: { user: "root" } });
        await rig.sh(trap, `rm -rf /data && ln -s ${target} /data`);
        const from = await captured(rig, trap);
        await rig.release(trap);
        const asked = { config: { user: "root" }, from, volumes: writing } as const;
        const machine = await rig.environment.create(rig.spec(asked), rig.call());
        // Either it is refused, or it is where the link leads to inside.
        const isStarted = await machine.start(rig.call()).then(
          () => true,
          () => false,
        );
        if (isStarted) await rig.sh(machine, "echo trapped > /data/file");
        await rig.release(machine);
        expect(readdirSync(outside), target).toEqual([]);
        expect(existsSync("/tmp/file"), target).toBe(false);
      }
    } finally {
      rmSync(outside, { recursive: true });
    }
    await nothingLeft(rig.owner, rig.folder);
  });

  it("that was half made when a process died is made anew, and one that is damaged is told of", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ volumes: writing });
    await rig.release(machine);
    const image = imageOf(rig);
    mkdirSync(join(image, "..", "draft-left", "root"), { recursive: true });
    await rig.close();
    const { folder, owner } = rig;
    const again = await MachineRig.reopen({ folder, owner, config: { warmNetworks: 0 } });
    expect(readdirSync(join(image, ".."))).toEqual(["one.img"]);
    truncateSync(image, 1024);
    truncateSync(image, 32 * mebibyte);
    const making = again.environment.create(again.spec({ volumes: writing }), again.call());
    await expect(making).rejects.toMatchObject({ fault: { code: "environment.unhealthy" } });
    await again.environment.eraseVolume("one", again.call());
    expect(existsSync(image)).toBe(false);
    await again.release(await again.machine({ volumes: writing }));
    await again.close();
    await nothingLeft(owner, folder);
  });
});

describeOnHost("erasing volumes", missing, () => {
  it("lets go of its own volume alone, not of one that is being erased beside it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bpc-volumes-"));
    const image = join(folder, "slow.img");
    writeFileSync(image, Buffer.alloc(mebibyte));
    const device = execFileSync("losetup", ["--find", "--show", image]).toString().trim();
    const call = newCall({ principal: "test", timeoutMs: 30_000, key: "erase" });
    try {
      const volumes = await Volumes.open(folder, []);
      // The kernel has its image: its erasure waits.
      const slow = volumes.erase("slow", call);
      await volumes.erase("quick", call);
      await expect(volumes.take("machine", [mount("slow")])).rejects.toMatchObject({
        fault: { code: "resource.busy", detail: { by: "the erasure of volume/slow" } },
      });
      execFileSync("losetup", ["--detach", device]);
      await slow;
      expect(existsSync(image)).toBe(false);
      await volumes.take("machine", [mount("slow")]);
      expect(existsSync(image)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

async function captured(rig: MachineRig, machine: Awaited<ReturnType<MachineRig["machine"]>>) {
  const sink = async (chunk: Uint8Array) => void rig.store(chunk.slice());
  return machine.facets.snapshot.capture({ scope: "files", sink }, rig.call());
}
