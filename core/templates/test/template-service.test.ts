import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import {
  type Build,
  type BuildStep,
  type TemplateService,
  templateBlobReferences,
} from "../src/index.ts";
import { openTemplateRig } from "./rig.ts";

const project = "demo";
const { signal } = new AbortController();

const run = (command: string): BuildStep => ({ kind: "RUN", command });

async function build(
  templates: TemplateService,
  steps: readonly BuildStep[],
  more: {
    readonly name?: string;
    readonly isForced?: boolean;
    readonly from?: string;
    readonly tags?: readonly string[];
  } = {},
): Promise<Build> {
  const { name = "tools", from = "host", isForced, tags } = more;
  const asked = await templates.build({ project, name, tags }, { from, steps, isForced });
  return templates.wait(project, asked.build.id, { signal });
}

async function textsOf(templates: TemplateService, id: string): Promise<readonly string[]> {
  return (await templates.logs(project, id)).map(({ text }) => text);
}

test("build() does each step in a machine that has what the steps before left, and no machine stays", async () => {
  const rig = await openTemplateRig((command) => ({ out: `said ${command}\nand more` }));
  await using templates = rig.replica();
  const done = await build(templates, [run("a"), { kind: "ENV", variables: { A: "b" } }, run("c")]);
  expect(done.phase).toBe("ready");
  expect(rig.environment.commands).toEqual(["a", "c"]);
  expect(new Set(rig.environment.roots).size).toBe(2);
  expect(rig.environment.open).toBe(0);
  expect(await textsOf(templates, done.id)).toEqual([
    "FROM host",
    "RUN a",
    "said a",
    "and more",
    "ENV A",
    "RUN c",
    "said c",
    "and more",
    "the template is ready",
  ]);
  const { root } = await templates.resolve(project, "template:tools", { signal });
  expect(root).toBe(done.root);
});

test("a step is done again only where something that it depends on is another", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const steps = [run("a"), run("b")];
  const first = await build(templates, steps);
  expect((await build(templates, steps)).root).toBe(first.root);
  expect(rig.environment.commands).toEqual(["a", "b"]);
  await build(templates, [run("x"), run("b")]);
  expect(rig.environment.commands).toEqual(["a", "b", "x", "b"]);
  await build(templates, [run("a"), { kind: "USER", name: "user" }, run("b")]);
  expect(rig.environment.commands.slice(4)).toEqual(["b"]);
  await build(templates, steps, { isForced: true });
  expect(rig.environment.commands.slice(5)).toEqual(["a", "b"]);
});

test("files of a COPY step count by their bytes, not by their name", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const copy = (files: string): BuildStep => ({ kind: "COPY", from: ".", to: "/x", files });
  await templates.files.put(project, "one", Buffer.from("bytes"));
  await templates.files.put(project, "two", Buffer.from("bytes"));
  await build(templates, [copy("one")]);
  await build(templates, [copy("two")]);
  expect(rig.environment.commands).toHaveLength(1);
  await templates.files.put(project, "two", Buffer.from("other"));
  await build(templates, [copy("two")]);
  expect(rig.environment.commands).toHaveLength(2);
  expect(await templates.files.has("other", "one")).toBe(false);
});

test("a step that fails ends the build, keeps the tags, and later steps are not begun", async () => {
  const rig = await openTemplateRig((command) => ({ code: command === "bad" ? 2 : 0 }));
  await using templates = rig.replica();
  const good = await build(templates, [run("a")]);
  const bad = await build(templates, [run("a"), run("bad"), run("c")]);
  expect(bad).toMatchObject({
    phase: "failed",
    failure: { step: 1, message: "the command exited with code 2" },
  });
  expect(rig.environment.commands).toEqual(["a", "bad"]);
  expect(rig.environment.open).toBe(0);
  expect((await templates.get(project, "tools")).tags).toEqual({ default: good.id });
});

test("a build whose replica is gone is done by another one, and steps that were done are not", async () => {
  let hold: Promise<void> | undefined = new Promise(() => {});
  const rig = await openTemplateRig((command) =>
    command === "slow" && hold ? { until: hold } : {},
  );
  const first = rig.replica();
  const asked = await first.build(
    { project, name: "tools" },
    { from: "host", steps: [run("a"), run("slow")] },
  );
  await until(() => rig.environment.commands.includes("slow"));
  hold = undefined;
  // The first one hangs: its word is over after thirty seconds, which this replica sees at once.
  const later = {
    ...(await import("@bedplate/clock")).systemClock,
    now: () => Date.now() + 40_000,
  };
  await using second = rig.replica({ clock: later });
  const done = await second.wait(project, asked.build.id, { signal });
  expect(done.phase).toBe("ready");
  expect(rig.environment.commands).toEqual(["a", "slow", "slow"]);
});

test("a replica that closes leaves its builds to the others at once", async () => {
  const rig = await openTemplateRig();
  const idle = rig.replica({ isIdle: true });
  const asked = await idle.build({ project, name: "tools" }, { from: "host", steps: [run("a")] });
  await idle[Symbol.asyncDispose]();
  await using other = rig.replica();
  expect((await other.wait(project, asked.build.id, { signal })).phase).toBe("ready");
});

test("prepare() and plan() are two steps for front doors that learn the plan later", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const { template, build: waiting } = await templates.prepare({
    project,
    name: "two",
    tags: ["v1", "v2"],
  });
  expect(waiting).toMatchObject({ phase: "waiting", tags: ["v1", "v2"] });
  await templates.plan(project, waiting.id, { from: "host", steps: [] });
  await templates.wait(project, waiting.id, { signal });
  expect((await templates.get(project, template.id)).tags).toEqual({
    v1: waiting.id,
    v2: waiting.id,
  });
  const again = templates.plan(project, waiting.id, { from: "host", steps: [] });
  expect(await faultOf(again)).toMatchObject({ code: "phase.illegal" });
});

test("tags move and go, and stand for builds of their own template that are ready alone", async () => {
  const rig = await openTemplateRig((command) => ({ code: command === "bad" ? 1 : 0 }));
  await using templates = rig.replica();
  const one = await build(templates, [run("a")]);
  const other = await build(templates, [], { name: "other" });
  const bad = await build(templates, [run("bad")]);
  const tagged = await templates.tag(project, "tools", { stable: "default" });
  expect(tagged.tags).toEqual({ default: one.id, stable: one.id });
  for (const id of [other.id, bad.id]) {
    expect(await faultOf(templates.tag(project, "tools", { x: id }))).toMatchObject({
      code: "argument.invalid",
    });
  }
  expect((await templates.tag(project, "tools", { default: null })).tags).toEqual({
    stable: one.id,
  });
  const gone = templates.resolve(project, "template:tools", { signal });
  expect(await faultOf(gone)).toMatchObject({ code: "resource.missing" });
});

test("templates of another project are not there", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const done = await build(templates, [run("a")]);
  const tries = [
    templates.get("other", "tools"),
    templates.getBuild("other", done.id),
    templates.logs("other", done.id),
    templates.resolve("other", "template:tools", { signal }),
    templates.delete("other", "tools"),
  ];
  for (const each of tries) expect(await faultOf(each)).toMatchObject({ code: "resource.missing" });
  expect(await templates.list("other")).toEqual([]);
});

test("what a template that was deleted left to machines is still told to the sweep", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const done = await build(templates, [run("a")]);
  const root = JSON.parse(Buffer.from((await rig.blobs.get(done.root ?? "")) ?? []).toString());
  await templates.delete(project, "tools");
  const told = new Set<string>(await Array.fromAsync(templateBlobReferences(rig.state)));
  for (const { digest } of root.layers[0].parts) expect(told.has(digest)).toBe(true);
});

test.each([
  "",
  "template:",
  "template:A",
  "template:a:b:c",
  "image:",
  "artifact:x",
  "snapshot",
  "HOST",
])("resolve(%s) refuses", async (reference) => {
  const rig = await openTemplateRig();
  await using templates = rig.replica({ isIdle: true });
  const fault = await faultOf(templates.resolve(project, reference, { signal }));
  expect(fault).toMatchObject({ code: "argument.invalid" });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a build whose plan is refused leaves no template", async () => {
  const rig = await openTemplateRig();
  await using templates = rig.replica();
  const steps: BuildStep[] = [{ kind: "COPY", files: "nothing", from: ".", to: "/" }];
  const refusals = [
    templates.build({ project, name: "tools" }, { from: "host", steps }),
    templates.build({ project, name: "tools" }, { from: "host", steps: [], slot: "none" }),
    templates.build({ project, name: "tools" }, { from: "", steps: [] }),
  ];
  const ends = await Promise.allSettled(refusals);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await templates.list(project)).toEqual([]);
  const { entries } = await rig.state.list();
  expect(entries).toEqual([]);
});
