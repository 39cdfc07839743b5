import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RegisterBody } from "@bedplate/routes";
import { Bedplate } from "@bedplate/sdk";
import { eventually, faultOf, openScratchFolder, type ScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openRig, type Rig } from "./rig.ts";

const house = join(import.meta.dirname, "../../..");
const example = join(house, "examples/plugins/echo-python");
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython)
  process.stdout.write("left out: python3 is not on PATH, so no plug-in in Python ran\n");
const longMs = 120_000;

const v1 = { name: "echo-python", version: "1.0.0" };
const v2 = { name: "echo-python", version: "2.0.0" };

/** A folder of plug-ins with the example in it, and one that answers as the next version. */
function openPlugins(): ScratchFolder & { readonly one: RegisterBody; readonly two: RegisterBody } {
  const scratch = openScratchFolder();
  const bodyOf = (name: string): RegisterBody => {
    const folder = join(scratch.path, "plugins", name);
    cpSync(example, folder, { recursive: true });
    const place = { folder, main: "plugin.py", interpreter: "python3" } as const;
    return { kind: "program", ...place, grants: ["blob:read"] };
  };
  const [one, two] = [bodyOf("one"), bodyOf("two")];
  edit(two, (text) => text.replace('"version": "1.0.0"', '"version": "2.0.0"'));
  return { ...scratch, one, two };
}

function edit(body: RegisterBody, change: (text: string) => string): void {
  const path = join(body.folder, body.main);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

function openPluginRig(scratch: ScratchFolder): Promise<Rig> {
  const plugins = { folder: join(scratch.path, "plugins") };
  const config = { data: `file:${join(scratch.path, "data")}`, environments: {}, plugins };
  return openRig({ slots: ["echo"], config });
}

async function answerOf({ client }: Rig, word: string): Promise<string> {
  const run = await client.runs.submit({
    slot: "echo",
    artifact: word,
    input: "quiet",
    wait: true,
  });
  const { phase, release, outcome } = run;
  expect(phase).toBe("done");
  return `${release} ${outcome?.output !== undefined && "text" in outcome.output ? outcome.output.text : ""}`;
}

test.runIf(hasPython)(
  "a plug-in from files is registered, bound, swapped, rolled back, taken away and retired",
  async () => {
    using scratch = openPlugins();
    await using rig = await openPluginRig(scratch);
    const { registry } = rig.client;
    const registered = await registry.register(scratch.one);
    expect(registered).toMatchObject({ ...v1, phase: "registered", grants: ["blob:read"] });
    expect(registered.files).toMatch(/^sha256:/);
    expect(await registry.bind("echo", v1)).toMatchObject({ generation: 1 });
    expect(await answerOf(rig, "upper")).toBe("echo-python@1.0.0 QUIET");
    await registry.register(scratch.two);
    await registry.swap("echo", { ...v2, drainMs: 0 });
    expect(await answerOf(rig, "reverse")).toBe("echo-python@2.0.0 teiuq");
    await registry.swap("echo", { ...v1, drainMs: 0 });
    expect(await answerOf(rig, "echo")).toBe("echo-python@1.0.0 quiet");
    await registry.retire(v2);
    await registry.unbind("echo", { drainMs: 0 });
    expect(await faultOf(answerOf(rig, "echo"))).toMatchObject({ code: "resource.missing" });
    await eventually("the old release drained", () => idle(rig));
    await registry.retire(v1);
    expect((await registry.releases()).map((each) => each.phase)).toEqual(["retired", "retired"]);
    expect(await faultOf(registry.register(scratch.one))).toMatchObject({
      code: "resource.exists",
    });
    const actions = (await registry.journal()).events.map((each) => each.action);
    expect(actions.filter((each) => !each.startsWith("slot-drain"))).toEqual([
      "release-registered",
      "slot-bound",
      "release-registered",
      "slot-swapped",
      "slot-swapped",
      "release-retired",
      "slot-unbound",
      "release-retired",
    ]);
  },
  longMs,
);

function idle({ server }: Rig): boolean {
  return server.registry.slots.mountsOf("echo-python@1.0.0").length === 0;
}

test.runIf(hasPython)(
  "a restart mounts it again, and does not where its files have changed",
  async () => {
    using scratch = openPlugins();
    {
      await using rig = await openPluginRig(scratch);
      await rig.client.registry.register(scratch.one);
      await rig.client.registry.bind("echo", v1);
    }
    {
      await using rig = await openPluginRig(scratch);
      expect(rig.server.missing).toEqual([]);
      expect(await answerOf(rig, "upper")).toBe("echo-python@1.0.0 QUIET");
    }
    edit(scratch.one, (text) => `${text}# changed\n`);
    {
      await using rig = await openPluginRig(scratch);
      expect(rig.server.missing).toMatchObject([
        { slot: "echo", reason: expect.stringContaining("its files are not the ones") },
      ]);
      expect(await faultOf(answerOf(rig, "upper"))).toMatchObject({ code: "resource.missing" });
      const again = rig.client.registry.register(scratch.one);
      expect(await faultOf(again)).toMatchObject({ code: "digest.mismatch" });
    }
    edit(scratch.one, (text) => text.replace("# changed\n", ""));
    await using rig = await openPluginRig(scratch);
    expect(await answerOf(rig, "reverse")).toBe("echo-python@1.0.0 teiuq");
  },
  longMs,
);

test.runIf(hasPython)("a plug-in that does not start says what it printed", async () => {
  using scratch = openPlugins();
  await using rig = await openPluginRig(scratch);
  edit(scratch.one, () => "raise SystemExit('no luck today')\n");
  const fault = await faultOf(rig.client.registry.register(scratch.one));
  expect(fault.message).toContain('it printed "no luck today"');
  expect(await rig.client.registry.releases()).toEqual([]);
});

test.runIf(hasPython)(
  "what may be used is the operator's word, and can be changed",
  async () => {
    using scratch = openPlugins();
    await using rig = await openPluginRig(scratch);
    const { registry } = rig.client;
    const without = { ...scratch.one, grants: [] };
    expect(await faultOf(registry.register(without))).toMatchObject({
      code: "permission.denied",
      detail: { permission: "blob:read" },
    });
    expect(await registry.releases()).toEqual([]);
    await registry.register(scratch.one);
    const more = { ...scratch.one, grants: ["blob:read", "log"] };
    expect(await registry.register(more)).toMatchObject({ grants: more.grants });
    await registry.register(more);
    const actions = (await registry.journal()).events.map((each) => each.action);
    expect(actions).toEqual(["release-registered", "release-changed"]);
  },
  longMs,
);

test("nothing is loaded from where the operator does not allow it, nor by whom", async () => {
  using scratch = openPlugins();
  await using rig = await openPluginRig(scratch);
  const { one } = scratch;
  const codeOf = async (body: RegisterBody) =>
    (await faultOf(rig.client.registry.register(body))).code;
  expect(await codeOf({ ...one, folder: example })).toBe("permission.denied");
  expect(await codeOf({ ...one, folder: join(scratch.path, "plugins") })).toBe("permission.denied");
  expect(await codeOf({ ...one, interpreter: "sh" })).toBe("permission.denied");
  expect(await codeOf({ ...one, folder: join(scratch.path, "none") })).toBe("resource.missing");
  expect(await codeOf({ ...one, folder: "plugins/one" })).toBe("argument.invalid");
  expect(await codeOf({ ...one, main: "none.py" })).toBe("resource.missing");
  expect(await codeOf({ ...one, main: "../two/plugin.py" })).toBe("argument.invalid");
  expect(await codeOf({ ...one, files: `sha256:${"0".repeat(64)}` })).toBe("digest.mismatch");
  symlinkSync(join(example, "plugin.py"), join(one.folder, "link.py"));
  expect(await codeOf(one)).toBe("argument.invalid");
  const { text } = await rig.client.access.createKey({ role: "runner", label: "" });
  const runner = new Bedplate({ url: rig.url, key: text, retriesMax: 0 });
  const denied = { code: "permission.denied", detail: { permission: "role:admin" } };
  expect(await faultOf(runner.registry.register(scratch.two))).toMatchObject(denied);
  expect(await rig.client.registry.releases()).toEqual([]);

  await using closed = await openRig({ slots: [] });
  expect(await faultOf(closed.client.registry.register(scratch.two))).toMatchObject({
    code: "permission.denied",
    blame: "operator",
  });
});

test.each(["process", "worker"] as const)(
  "a module in files runs in a %s",
  async (mount) => {
    const plugins = { folder: join(house, "environments") };
    await using rig = await openRig({
      slots: [],
      config: { plugins, environments: { fake: { mount } } },
    });
    const { registry, runs } = rig.client;
    const folder = join(plugins.folder, "fake");
    const body = {
      kind: "module",
      folder,
      main: "src/index.ts",
      exportName: "fakePlugin",
    } as const;
    const { name, version } = await registry.register({ ...body, grants: ["blob:read"] });
    await registry.bind("mine", { name, version });
    const artifact = JSON.stringify({ steps: [{ do: "output", text: "x" }] });
    const run = await runs.submit({ slot: "mine", artifact, wait: true });
    expect(run).toMatchObject({ outcome: { kind: "returned", output: { text: "x" } } });
    const wrong = { ...body, exportName: "encodeScript" };
    expect((await faultOf(registry.register(wrong))).code).toBe("contract.incompatible");
  },
  longMs,
);
