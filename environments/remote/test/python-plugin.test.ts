import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { digestBytes } from "@bedplate/codec";
import { createHostPort, type Environment, type Instance } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { expect, test } from "vitest";
import { mountInProcess } from "../src/index.ts";
import { aCall, bareHost, outcomeOf } from "./mount-rig.ts";

const program = join(import.meta.dirname, "../../../examples/plugins/echo-python/plugin.py");
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython)
  process.stdout.write("left out: python3 is not on PATH, so no plug-in in Python ran\n");

const text = (value: string) => new TextEncoder().encode(value);
const words = ["echo", "upper", "reverse", "say", "sleep", "nonsense"];
const artifacts = new Map(words.map((each) => [digestBytes(text(each)), text(each)]));

const host = createHostPort({
  owner: "host",
  grants: ["blob:read"],
  ports: {
    "blob:read": {
      async read(digest) {
        const found = artifacts.get(digest);
        if (found !== undefined) return found;
        throw raise("resource.missing", {
          op: "blob.read",
          detail: { type: "artifact", id: digest },
          message: "Cannot read the artifact: there is none",
        });
      },
    },
  },
});

function mountPython() {
  return mountInProcess({ command: "python3", args: [program] }, aCall());
}

async function startWord(environment: Environment, word: string): Promise<Instance> {
  const spec = { artifact: digestBytes(text(word)), config: {}, caps: {}, labels: {} };
  const instance = await environment.create(spec, aCall());
  await instance.start(aCall());
  return instance;
}

test.runIf(hasPython)("an environment in Python runs artifacts behind the gate", async () => {
  await using mount = await mountPython();
  expect(mount.manifest.plugin).toMatchObject({ name: "echo-python", version: "1.0.0" });
  const environment = await mount.open({ host }, aCall());
  const admit = (word: string) => environment.admit(digestBytes(text(word)), aCall());
  expect(await admit("upper")).toMatchObject({ isAdmitted: true, instructionSet: "echo-1" });
  expect(await admit("nonsense")).toMatchObject({ isAdmitted: false });
  await expect(admit("not stored")).rejects.toMatchObject({ fault: { code: "resource.missing" } });
  const instance = await startWord(environment, "upper");
  expect(await outcomeOf(instance, "main", { input: text("quiet") })).toBe("returned QUIET");
  expect(
    await outcomeOf(instance, "main", { input: text("quiet"), budget: { outputBytes: 4 } }),
  ).toBe("exhausted outputBytes");
  await expect(outcomeOf(instance, "other")).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/entry" } },
  });
  expect(await Array.fromAsync(environment.inventory(aCall()))).toEqual([instance.handle]);
  expect(await instance.stop({ graceMs: 0 }, aCall())).toMatchObject({ code: 0, signal: null });
  await instance.release(aCall());
  expect(await Array.fromAsync(environment.inventory(aCall()))).toEqual([]);
});

test.runIf(hasPython)("events of a guest in Python arrive as they happen", async () => {
  await using mount = await mountPython();
  const environment = await mount.open({ host }, aCall());
  const seen: string[] = [];
  const onEvent = ({ topic, data }: { readonly topic: string; readonly data: Uint8Array }) =>
    seen.push(`${topic} ${Buffer.from(data).toString()}`);
  await outcomeOf(await startWord(environment, "say"), "main", { input: text("hi"), onEvent });
  expect(seen).toEqual(["stdout hi"]);
});

test.runIf(hasPython)(
  "a guest in Python that overruns is killed, and the next run works",
  async () => {
    await using mount = await mountPython();
    const environment = await mount.open({ host }, aCall());
    const sleeping = await startWord(environment, "sleep");
    expect(await outcomeOf(sleeping, "main", { budget: { wallMs: 50 } })).toBe("exhausted wallMs");
    const next = await startWord(environment, "reverse");
    expect(await outcomeOf(next, "main", { input: text("abc") })).toBe("returned cba");
  },
);

test.runIf(hasPython)("an environment that wants what is not granted is not opened", async () => {
  await using mount = await mountPython();
  await expect(mount.open({ host: bareHost() }, aCall())).rejects.toMatchObject({
    fault: { code: "permission.denied", detail: { permission: "blob:read" } },
  });
});
