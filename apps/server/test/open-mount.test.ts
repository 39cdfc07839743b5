import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fakePlugin } from "@bedplate/environment-fake";
import { expect, test } from "vitest";
import type { MountKind } from "../src/index.ts";
import { openRig } from "./rig.ts";

const hello = readFileSync(new URL("../../../examples/hello.wasm", import.meta.url));

/** The processes that serve plug-ins to this one. */
function pluginProcesses(): readonly string[] {
  const lines = execFileSync("ps", ["-A", "-o", "ppid=,args="], { encoding: "utf8" }).split("\n");
  const mine = lines.filter((line) => line.trim().startsWith(`${process.pid} `));
  return mine.filter((line) => line.includes("plugin-process"));
}

test.each<[MountKind, number]>([
  ["in-process", 0],
  ["worker", 0],
  ["process", 1],
])(
  "mounted as %s, an environment gives the same",
  async (mount, processes) => {
    const config = { environments: { wasm: { mount } } };
    const rig = await openRig({ slots: ["wasm"], config });
    const run = await rig.client.runs.submit({ slot: "wasm", artifact: hello, wait: true });
    expect(run).toMatchObject({ phase: "done", outcome: { kind: "returned" } });
    expect(await rig.client.runs.replay(run.id)).toMatchObject({ isSame: true });
    expect(pluginProcesses()).toHaveLength(processes);
    await rig[Symbol.asyncDispose]();
    expect(pluginProcesses()).toEqual([]);
  },
  60_000,
);

test("another build under a name of the catalog is mounted itself, not the catalog's", async () => {
  const config = { environments: { fake: { isEnabled: true, mount: "worker" } } };
  await using rig = await openRig({ config });
  const build = `sha256:${"2".repeat(64)}` as const;
  const plugin = fakePlugin({ manifest: { plugin: { name: "fake", version: "9.0.0", build } } });
  const { registry } = rig.server;
  await registry.releases.register(
    { plugin: plugin as never, grants: plugin.manifest.wants },
    { actor: "test" },
  );
  await rig.client.registry.swap("fake", { name: "fake", version: "9.0.0", drainMs: 0 });
  expect(registry.slots.current("fake").environment.manifest.plugin.build).toBe(build);
});
