import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestBytes } from "@bedplate/codec";
import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { type Cgroups, openCgroups } from "../src/cgroup/cgroups.ts";
import { describeOnHost } from "./describe-on-host.ts";
import { devices, leftBy, nothingLeft } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing } = await readHostFacts();

/** The cgroups of a rig's machines. */
function cgroupsOf({ owner }: MachineRig): Cgroups {
  const mark = digestBytes(new TextEncoder().encode(`container:${owner}`)).slice(7, 13);
  return openCgroups({ parent: `bedplate/${mark}` });
}

describeOnHost("a machine", missing, () => {
  it("leaves nothing: processes, mounts, cgroups, networks, devices, files", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 1 });
    const machine = await rig.machine();
    await rig.sh(machine, "echo text > $HOME/file; sleep 100 & (setsid sleep 100 &)");
    expect(leftBy(rig.owner, rig.folder)).not.toEqual([]);
    await rig.release(machine);
    await rig.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("goes on when the server is killed, and is found again with its processes", async () => {
    const server = await startServer();
    const said = await server.nextLine();
    const { folder, owner, handle } = JSON.parse(said);
    server.child.kill("SIGKILL");
    await once(server.child, "exit");
    await using rig = await MachineRig.reopen({ folder, owner, config: { warmNetworks: 0 } });
    const call = rig.call();
    const found = await rig.environment.recover(
      { handle: { ...handle, state: new Uint8Array() }, spec: rig.spec() },
      call,
    );
    expect(found.found).toBe("alive");
    if (found.found !== "alive") return;
    const first = Number((await rig.sh(found.instance, "cat /home/user/n")).stdout);
    await rig.sh(found.instance, "sleep 0.3");
    const second = Number((await rig.sh(found.instance, "cat /home/user/n")).stdout);
    expect(second).toBeGreaterThan(first);
    const other = { ...handle, state: new Uint8Array(), incarnation: "another" };
    expect((await rig.environment.recover({ handle: other, spec: rig.spec() }, call)).found).toBe(
      "foreign",
    );
    await rig.release(found.instance);
    expect(
      (
        await rig.environment.recover(
          { handle: { ...handle, state: new Uint8Array() }, spec: rig.spec() },
          call,
        )
      ).found,
    ).toBe("absent");
    await rig.close();
    await nothingLeft(owner, folder);
  });

  it("whose first process ended while the server was away has its exit", async () => {
    await using rig = await MachineRig.open({ onClose: "keep", warmNetworks: 0 });
    const machine = await rig.machine();
    const { handle } = machine;
    await rig.close();
    const cgroups = cgroupsOf(rig);
    for (const name of cgroups.list()) await cgroups.named(name).kill({ timeoutMs: 5000 });
    const next = { folder: rig.folder, owner: rig.owner };
    const config = { warmNetworks: 0, machinesMax: 1 };
    await using again = await MachineRig.reopen({ ...next, config });
    const record = { handle, spec: again.spec() };
    // Finding it destroys nothing: whoever asks again has the same answer.
    for (let times = 0; times < 2; times += 1) {
      expect(await again.environment.recover(record, again.call())).toMatchObject({
        found: "ended",
        status: { phase: "stopped", exit: { code: null, signal: "SIGKILL" } },
      });
    }
    // Nobody is given what could be released: it goes when its place is needed.
    await again.machine();
    expect((await again.environment.recover(record, again.call())).found).toBe("absent");
    await again.close();
    await nothingLeft(rig.owner, rig.folder);
  });

  it("that stood still when the server died goes on, and one that was paused stays so", async () => {
    await using rig = await MachineRig.open({ onClose: "keep", warmNetworks: 0 });
    const [copied, paused] = [await rig.machine(), await rig.machine()];
    await paused.facets.pause.pause(rig.call());
    await rig.close();
    const cgroupOf = (id: string) => {
      const cgroups = cgroupsOf(rig);
      return cgroups.named(cgroups.list().find((each) => each.startsWith(id)) ?? "");
    };
    await cgroupOf(copied.handle.id).freeze({ timeoutMs: 5000 });
    cgroupOf(paused.handle.id).thaw();
    const { folder, owner } = rig;
    await using again = await MachineRig.reopen({ folder, owner, config: { warmNetworks: 0 } });
    for (const { handle } of [copied, paused]) {
      const found = await again.environment.recover({ handle, spec: again.spec() }, again.call());
      expect(found.found).toBe("alive");
    }
    expect(cgroupOf(copied.handle.id).isFrozen()).toBe(false);
    expect(cgroupOf(paused.handle.id).isFrozen()).toBe(true);
    await again.close();
    await nothingLeft(owner, folder);
  });

  it("leaves no copy that a capture had begun: not when it is found again, and not when it goes", async () => {
    await using rig = await MachineRig.open({ onClose: "keep", warmNetworks: 0 });
    const { handle } = await rig.machine();
    const { folder, owner } = rig;
    await rig.close();
    const disks = join(folder, "data", "disks");
    const begin = (id: string) => mkdirSync(join(disks, `${id}.img.key-1`));
    begin(handle.id);
    begin("gone");
    // Of a machine that somebody else has.
    writeFileSync(join(disks, "other.img"), "");
    begin("other");
    await using again = await MachineRig.reopen({ folder, owner, config: { warmNetworks: 0 } });
    const kept = ["other.img", "other.img.key-1"];
    expect(readdirSync(disks).toSorted()).toEqual([`${handle.id}.img`, ...kept]);
    begin(handle.id);
    await again.close();
    expect(readdirSync(disks).toSorted()).toEqual(kept);
  });

  it("of one owner is not seen by another", async () => {
    await using one = await MachineRig.open({ warmNetworks: 0 });
    await using other = await MachineRig.open({ warmNetworks: 0 });
    await one.machine();
    expect(await Array.fromAsync(other.environment.inventory(other.call()))).toEqual([]);
    expect(await Array.fromAsync(one.environment.inventory(one.call()))).toHaveLength(1);
  });

  it("has ids, an address and a place that no other machine has", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machines = [await rig.machine(), await rig.machine()];
    const told = await Promise.all(
      machines.map((each) =>
        rig.sh(each, "cat /proc/self/uid_map; ip -4 -o address show dev eth0"),
      ),
    );
    expect(new Set(told.map(({ stdout }) => stdout)).size).toBe(2);
    expect(devices().length).toBeGreaterThanOrEqual(2);
  });

  it("is restored from a snapshot of its files, as often as wanted", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine();
    await rig.sh(
      machine,
      "mkdir -p $HOME/a/b; echo kept > $HOME/a/b/file; ln -s file $HOME/a/b/link; chmod 640 $HOME/a/b/file",
    );
    const sink = async (chunk: Uint8Array) => void rig.store(chunk);
    const snapshot = await machine.facets.snapshot.capture({ scope: "files", sink }, rig.call());
    for (let i = 0; i < 2; i += 1) {
      const clone = await rig.machine({ from: snapshot });
      const { stdout } = await rig.sh(clone, "cat $HOME/a/b/link; stat -c '%a %U' $HOME/a/b/file");
      expect(stdout).toBe("kept\n640 user\n");
    }
  });
});

/** A server in a process of its own, which makes a machine and tells of it. */
async function startServer() {
  const path = fileURLToPath(new URL("./doomed-server.ts", import.meta.url));
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  return {
    child,
    async nextLine(): Promise<string> {
      for await (const chunk of child.stdout) {
        text += chunk;
        if (text.includes("\n")) return text.split("\n")[0] ?? "";
      }
      return text;
    },
  };
}
