import type { SnapshotManifest } from "@bedplate/environment";
import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { type ContainerInstance, MachineRig } from "./machine-rig.ts";

const { missing } = await readHostFacts();
const mebibyte = 1024 * 1024;

/** Files of every kind, and what an image of blocks could lose of them. */
const furnish = `mkdir /srv/deep && cd /srv
echo plain > plain; ln plain deep/hard; ln -s plain soft; mkfifo pipe
perl -e 'use Socket; socket S, PF_UNIX, SOCK_STREAM, 0; bind S, sockaddr_un("/srv/socket") or die'
perl -e '($p, $n, $v) = ("/srv/plain", "user.colour", "blue"); syscall(188, $p, $n, $v, 4, 0) == 0 or die "xattr: $!"'
perl -e 'open F, ">", "/srv/sparse"; seek F, 50_000_000, 0; print F "end"; close F'
head -c 300000 /dev/urandom > random; : > empty
chown 1000:1000 random; chmod 4755 random; touch -d '2001-02-03 04:05:06.789' empty
rm /etc/profile; mkdir gone && rmdir gone`;

/** All that can be told of them, and that what was deleted below is gone. */
const describe = `cd /srv; stat -c '%n %F %a %u %g %h %s %Y' * deep/*
sha256sum plain random sparse; readlink soft; cat deep/hard
perl -e '($p, $n, $v) = ("/srv/plain", "user.colour", "x" x 9); print substr($v, 0, syscall(191, $p, $n, $v, 9)), "\\n"'
stat -c %b sparse | awk '{ print ($1 < 2048 ? "sparse" : "full") }'
ls /etc/profile 2>&1 | head -1`;

describeOnHost("a snapshot of a machine", missing, () => {
  it("has each file as it was: holes, links, attributes, sockets, and what was taken away", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const config = { user: "root" };
    const machine = await rig.machine({ config });
    expect((await rig.sh(machine, furnish)).stderr).toBe("");
    const before = (await rig.sh(machine, describe)).stdout;
    expect(before).toContain("sparse\n");
    expect(before).toContain("blue\n");
    const clone = await rig.machine({ config, from: await capture(rig, machine) });
    expect((await rig.sh(clone, describe)).stdout).toBe(before);
    expect((await rig.sh(machine, describe)).stdout).toBe(before);
  });

  it("has nothing of a file that was deleted before", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    await rig.sh(machine, "head -c 16M /dev/urandom > /home/user/secret; sync");
    const full = bytesOf(await capture(rig, machine));
    expect(full).toBeGreaterThan(16 * mebibyte);
    await rig.sh(machine, "rm /home/user/secret");
    expect(bytesOf(await capture(rig, machine))).toBeLessThan(mebibyte);
  });
});

function capture(rig: MachineRig, machine: ContainerInstance): Promise<SnapshotManifest> {
  const sink = async (chunk: Uint8Array) => void rig.store(chunk);
  return machine.facets.snapshot.capture({ scope: "files", sink }, rig.call());
}

function bytesOf({ chunks }: SnapshotManifest): number {
  return chunks.reduce((sum, { bytes }) => sum + bytes, 0);
}
