import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { createHostPort } from "@bedplate/environment";
import { eventually, openScratchFolder } from "@bedplate/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MountInProcessOptions, mountInProcess } from "../src/index.ts";
import { aCall, bareHost, keepingLog, outcomeOf, startOne } from "./mount-rig.ts";

const main = new URL("./toy-main.ts", import.meta.url).pathname;

function mountToy(options: Partial<MountInProcessOptions> & { readonly fault?: string } = {}) {
  const { fault, ...rest } = options;
  const args = fault === undefined ? [main] : [main, fault];
  return mountInProcess({ command: process.execPath, args, ...rest }, aCall());
}

const text = (value: string) => new TextEncoder().encode(value);

// Sockets lie in the temporary folder: this file has one for itself, to see what stays in it.
const scratch = openScratchFolder("bedplate-mounts");
const { TMPDIR } = process.env;
beforeAll(() => {
  process.env["TMPDIR"] = scratch.path;
});
afterAll(() => {
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  scratch[Symbol.dispose]();
});

function socketFolders(): number {
  return readdirSync(tmpdir()).length;
}

test("a plug-in in a process answers through the gate", async () => {
  await using mount = await mountToy({ env: { GIVEN: "1" } });
  expect(mount.manifest.plugin.name).toBe("toy");
  const environment = await mount.open({ host: bareHost() }, aCall());
  expect(await environment.admit(mount.manifest.plugin.build, aCall())).toMatchObject({
    isAdmitted: true,
    instructionSet: "toy",
  });
  const instance = await startOne(environment);
  const big = new Uint8Array(1 << 20).fill(65);
  expect(await outcomeOf(instance, "echo", { input: big })).toHaveLength(9 + big.length);
  expect(await outcomeOf(instance, "env")).toBe("returned PATH GIVEN");
  const found = await Array.fromAsync(environment.inventory(aCall()));
  expect(found).toEqual([instance.handle]);
  expect(await instance.stop({ graceMs: 0 }, aCall())).toMatchObject({ code: 0, signal: null });
  await instance.release(aCall());
});

test("a spinning guest is killed at its wall time, with its events kept, and the next run works", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const spinning = await startOne(environment);
  expect(await outcomeOf(spinning, "spin", { budget: { wallMs: 100 } })).toBe("exhausted wallMs");
  expect(spinning.phase).toBe("failed");
  await spinning.release(aCall());
  expect(await outcomeOf(await startOne(environment), "echo", { input: text("next") })).toBe(
    "returned next",
  );
});

test("what shared the process of a killed instance runs again elsewhere, once", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const [bad, good] = [await startOne(environment), await startOne(environment)];
  const lingering = outcomeOf(good, "linger", { input: text("kept") });
  expect(await outcomeOf(bad, "spin", { budget: { wallMs: 50 } })).toBe("exhausted wallMs");
  expect(await lingering).toBe("returned kept");
});

test("state is loaded from the host, and blobs when that was granted", async () => {
  await using mount = await mountToy();
  const host = createHostPort({
    owner: "host",
    grants: ["blob:read"],
    ports: { "blob:read": { read: async () => text("blob bytes") } },
  });
  const environment = await mount.open({ host }, aCall());
  const instance = await startOne(environment);
  expect(await outcomeOf(instance, "blob", { input: text("x") })).toBe("returned blob bytes");
  const resident = new Map<string, Uint8Array | null>();
  const reads = {
    peek: (key: Uint8Array) => resident.get(String(key)),
    async load(keys: readonly Uint8Array[]) {
      for (const key of keys) resident.set(String(key), text("stored"));
    },
  };
  expect(await outcomeOf(instance, "state", { input: text("k"), reads })).toBe("returned stored");
});

test("an operation of the host that was not granted is denied", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const instance = await startOne(environment);
  await expect(outcomeOf(instance, "blob")).rejects.toMatchObject({
    fault: { code: "permission.denied" },
  });
});

test("a crash is reported and a fresh process follows", async () => {
  await using mount = await mountToy({ restarts: { backoffMs: 1 } });
  const environment = await mount.open({ host: bareHost() }, aCall());
  await expect(outcomeOf(await startOne(environment), "exit")).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
  expect(await outcomeOf(await startOne(environment), "echo", { input: text("x") })).toBe(
    "returned x",
  );
});

test("noise on stdout is no greeting, goes to the log, and harms nothing", async () => {
  const { log, lines } = keepingLog();
  await using mount = await mountToy({ log });
  const environment = await mount.open({ host: bareHost() }, aCall());
  expect(await outcomeOf(await startOne(environment), "print")).toBe("returned printed");
  await eventually("the lines", () => lines.join("").includes("noise on stderr"));
  expect(lines.join("")).toContain('"line":"noise"');
});

test.for([
  ["garbage", "argument.invalid", "no JSON"],
  ["hello-2", "argument.invalid", "says hello 2"],
  ["no-nonce", "argument.invalid", "nonce"],
  ["endless", "contract.incompatible", "bytes"],
  ["old", "contract.incompatible", "upgrade the plugin"],
  ["exit", "contract.incompatible", "its process ended with exit code 9"],
  ["silent", "contract.incompatible", "none came in"],
] as const)("the greeting %s is refused, and nothing is left", async ([fault, code, words]) => {
  const before = socketFolders();
  const error = await mountToy({ fault, greetingTimeoutMs: fault === "silent" ? 700 : 5_000 }).then(
    () => undefined,
    (each: unknown) => each,
  );
  expect(error).toMatchObject({ fault: { code } });
  expect((error as Error).message).toContain(words);
  expect(socketFolders()).toBe(before);
});

test("a command that is not there is refused", async () => {
  await expect(mountToy({ command: "/nowhere/at/all" })).rejects.toMatchObject({
    fault: { code: "contract.incompatible" },
  });
});

test("20 mounts leave no process, socket or folder behind", async () => {
  const handles = () =>
    process.getActiveResourcesInfo().filter((each) => /Process|Pipe/.test(each));
  const [before, folders] = [handles().length, socketFolders()];
  for (let i = 0; i < 20; i++) {
    await using mount = await mountToy();
    const environment = await mount.open({ host: bareHost() }, aCall());
    await outcomeOf(await startOne(environment), "echo");
  }
  await eventually("all gone", () => handles().length <= before);
  expect(socketFolders()).toBe(folders);
});
