import { readHostFacts } from "@bedplate/environment-container";
import { faultOf } from "@bedplate/testkit";
import { expect, it } from "vitest";
import { describeOnHost } from "../describe-on-host.ts";
import { leftBy } from "../leaks.ts";
import { MachineRig } from "../machine-rig.ts";
import { layerOf, programsLayer, rootOf } from "../root-layers.ts";

const { missing } = await readHostFacts();

describeOnHost("a machine on layers", missing, () => {
  const base = programsLayer(["sh", "cat", "id", "ls", "stat"]);

  it("has the files of all of them, and hides what a higher one hides", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const middle = layerOf([
      { path: "a/one", bytes: "1" },
      { path: "a/two", bytes: "2" },
      { path: "b/old", bytes: "old" },
      { path: "srv/own", bytes: "own", uid: 1234, mode: 0o640 },
    ]);
    const top = layerOf([
      { path: "a/.wh.one" },
      { path: "b/.wh..wh..opq" },
      { path: "b/new", bytes: "new" },
      { path: "link", target: "a/two" },
    ]);
    const artifact = rig.store(rootOf([base, middle, top], { store }));
    const machine = await rig.machine({ artifact });
    const { stdout } = await rig.sh(
      machine,
      "ls /a /b; cat /link; stat -c ' %u %a' /srv/own; echo more >> /a/two; cat /a/two",
    );
    expect(stdout).toBe("/a:\ntwo\n\n/b:\nnew\n2 1234 640\n2more\n");
    const other = await rig.machine({ artifact });
    expect((await rig.sh(other, "cat /a/two")).stdout).toBe("2");
    await rig.release(machine);
    await rig.release(other);
    await rig.close();
    expect(leftBy(rig.owner, rig.folder)).toEqual([]);
  });

  it("runs what names nobody as its config says, where it says, with its variables", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const config = { env: { GREETING: "hello" }, user: "app:app", workdir: "/srv" };
    const artifact = rig.store(rootOf([base], { store, config }));
    const machine = await rig.machine({ artifact, env: { MORE: "x" } });
    const said = await rig.sh(machine, 'id -u; pwd; echo "$GREETING $MORE"; echo x > /srv/file');
    expect(said).toMatchObject({ stdout: "1234\n/srv\nhello x\n", stderr: "" });
    expect((await rig.run(machine, ["id", "-u"], "root")).stdout).toBe("0\n");
    const entry = await machine.facets.files.stat({ path: "file" }, rig.call());
    expect(entry).toMatchObject({ path: "/srv/file", owner: "app" });
    const plain = rig.store(rootOf([base], { store }));
    const asRoot = await rig.machine({ artifact: plain });
    expect((await rig.sh(asRoot, "id -u")).stdout).toBe("0\n");
    const asUser = await rig.machine({ artifact: plain, config: { user: "user" } });
    expect((await rig.sh(asUser, "id -u")).stdout).toBe("1000\n");
  });

  it("stands on this host's programs where its base is the host", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const layer = layerOf([{ path: "opt/tool", bytes: "#!/bin/sh\nid -un\n" }]);
    const machine = await rig.machine({
      artifact: rig.store(rootOf([layer], { store, base: "host" })),
    });
    expect((await rig.run(machine, ["/opt/tool"])).stdout).toBe("user\n");
  });

  it("may have as many as an image has", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const layers = Array.from({ length: 126 }, (_, at) =>
      layerOf([{ path: `many/${at}`, bytes: String(at) }]),
    );
    const machine = await rig.machine({
      artifact: rig.store(rootOf([base, ...layers], { store })),
    });
    expect((await rig.sh(machine, "set -- /many/*; echo $#")).stdout).toBe("126\n");
  });

  it("gives what was written as a layer: over the same layers, the same files are there", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const middle = layerOf([
      { path: "a/one", bytes: "1" },
      { path: "a/two", bytes: "2" },
      { path: "gone/file", bytes: "x" },
      { path: "new/old", bytes: "old" },
    ]);
    const tools = programsLayer(["sh", "cat", "ls", "rm", "mkdir", "chown", "ln", "chmod"]);
    const machine = await rig.machine({ artifact: rig.store(rootOf([tools, middle], { store })) });
    const made = await rig.sh(
      machine,
      `rm /a/one && echo more >> /a/two && rm -r /gone && rm -r /new && mkdir /new && echo x > /new/new &&
       mkdir -p /srv/deep && ln -s two /a/link && echo y > /srv/deep/f && ln /srv/deep/f /srv/deep/g &&
       chown -R 1234:1234 /srv/deep && chmod 4750 /srv/deep/f`,
    );
    expect(made).toMatchObject({ exit: { code: 0 }, stderr: "" });
    const show = "ls -n /a /new /srv/deep; ls /; cat /a/two /a/link";
    const before = (await rig.sh(machine, show)).stdout;
    const chunks: Uint8Array[] = [];
    const sink = async (chunk: Uint8Array) => void chunks.push(chunk);
    const manifest = await machine.facets.snapshot.capture({ scope: "layer", sink }, rig.call());
    expect(manifest).toMatchObject({ format: { name: "oci-layer" }, requires: [] });
    await rig.release(machine);
    const again = rootOf([tools, middle, Buffer.concat(chunks)], { store });
    const other = await rig.machine({ artifact: rig.store(again) });
    expect((await rig.sh(other, show)).stdout).toBe(before);
    expect(before).toMatch(/-rwsr-x--- 2 1234 1234/);
  });

  it("with a layer that is missing or has other bytes is refused, and leaves nothing", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const store = (bytes: Uint8Array) => rig.store(bytes);
    const layer = layerOf([{ path: "file", bytes: "x" }]);
    const artifact = rig.store(rootOf([layer], { store }));
    const [digest = ""] = [...rig.blobs.keys()].filter((each) => rig.blobs.get(each) === layer);
    rig.blobs.delete(digest);
    const spec = rig.spec({ artifact });
    const lost = await faultOf(rig.environment.create(spec, rig.call()));
    expect(lost).toMatchObject({ code: "resource.missing" });
    rig.blobs.set(digest, layerOf([{ path: "file", bytes: "y" }]));
    const wrong = await faultOf(rig.environment.create(spec, rig.call()));
    expect(wrong).toMatchObject({
      code: "argument.invalid",
      message: expect.stringContaining("its bytes are"),
    });
    expect(leftBy(rig.owner, rig.folder)).toEqual([]);
  });
});
