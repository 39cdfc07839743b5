import { join } from "node:path";
import { eventually, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { type MountInWorkerOptions, mountInWorker } from "../src/index.ts";
import { aCall, bareHost, keepingLog, outcomeOf, startOne, toyModule } from "./mount-rig.ts";

function mountToy(options: Partial<MountInWorkerOptions> = {}) {
  return mountInWorker({ module: toyModule, exportName: "toyPlugin", ...options }, aCall());
}

const text = (value: string) => new TextEncoder().encode(value);

test("a plug-in in a worker answers through the gate", async () => {
  await using mount = await mountToy();
  expect(mount.manifest.plugin.name).toBe("toy");
  const environment = await mount.open({ host: bareHost() }, aCall());
  const instance = await startOne(environment);
  expect(await outcomeOf(instance, "echo", { input: text("hi") })).toBe("returned hi");
  expect(await outcomeOf(instance, "env")).toBe("returned ");
});

test("a spinning guest is ended at its wall time, and the next run works", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const spinning = await startOne(environment);
  const events: string[] = [];
  const onEvent = ({ data }: { readonly data: Uint8Array }) =>
    events.push(Buffer.from(data).toString());
  expect(await outcomeOf(spinning, "say", { budget: { wallMs: 300 }, onEvent })).toBe(
    "exhausted wallMs",
  );
  expect(events).toEqual(["before"]);
  expect(spinning.phase).toBe("failed");
  await spinning.release(aCall());
  expect(await outcomeOf(await startOne(environment), "echo", { input: text("next") })).toBe(
    "returned next",
  );
  expect(mount.health()).toMatchObject({ isHealthy: true, restarts: 1 });
});

test("killing one instance spares the ones in other workers", async () => {
  await using mount = await mountToy({ workers: 2 });
  const environment = await mount.open({ host: bareHost() }, aCall());
  const [one, two] = [await startOne(environment), await startOne(environment)];
  const lives = [await outcomeOf(one, "life"), await outcomeOf(two, "life")];
  expect(lives[0]).not.toBe(lives[1]);
  expect(await outcomeOf(one, "spin", { budget: { wallMs: 50 } })).toBe("exhausted wallMs");
  expect(await outcomeOf(two, "life")).toBe(lives[1]);
});

test("what shared the worker of a killed instance runs again elsewhere, once", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const [bad, good] = [await startOne(environment), await startOne(environment)];
  const before = await outcomeOf(good, "life");
  const lingering = outcomeOf(good, "linger", { input: text("kept") });
  expect(await outcomeOf(bad, "spin", { budget: { wallMs: 50 } })).toBe("exhausted wallMs");
  expect(await lingering).toBe("returned kept");
  expect(await outcomeOf(good, "life")).not.toBe(before);
});

test("an idle instance whose worker ended is failed, with the crash as its fault", async () => {
  await using mount = await mountToy();
  const environment = await mount.open({ host: bareHost() }, aCall());
  const [bad, idle] = [await startOne(environment), await startOne(environment)];
  await outcomeOf(bad, "spin", { budget: { wallMs: 50 } });
  await eventually(
    "the loss is known",
    async () => (await idle.status(aCall())).phase === "failed",
  );
  expect(await idle.status(aCall())).toMatchObject({ fault: { code: "plugin.crashed" } });
  await idle.release(aCall());
  expect(environment.instanceCount).toBe(1);
});

test("a run whose worker crashed runs once more when it told nobody anything", async () => {
  using folder = openScratchFolder();
  await using mount = await mountToy({ restarts: { backoffMs: 1 } });
  const environment = await mount.open({ host: bareHost() }, aCall());
  const once = text(join(folder.path, "once"));
  expect(await outcomeOf(await startOne(environment), "exitOnce", { input: once })).toBe(
    "returned second",
  );
  const said = text(join(folder.path, "once-said"));
  const onEvent = () => {};
  await expect(
    outcomeOf(await startOne(environment), "exitOnce", { input: said, onEvent }),
  ).rejects.toMatchObject({ fault: { code: "plugin.crashed" } });
  const session = await startOne(environment, { session: true });
  const kept = text(join(folder.path, "session"));
  await expect(outcomeOf(session, "exitOnce", { input: kept })).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
});

test("a run that crashes its worker every time fails after the second", async () => {
  await using mount = await mountToy({ restarts: { backoffMs: 1 } });
  const environment = await mount.open({ host: bareHost() }, aCall());
  await expect(outcomeOf(await startOne(environment), "exit")).rejects.toMatchObject({
    fault: { code: "plugin.crashed", blame: "plugin" },
  });
});

test("a worker that keeps crashing makes the environment unhealthy", async () => {
  await using mount = await mountToy({ restarts: { backoffMs: 1, restartsMax: 1 } });
  const environment = await mount.open({ host: bareHost() }, aCall());
  await outcomeOf(await startOne(environment), "exit").catch(() => {});
  await eventually("given up", () => !mount.health().isHealthy);
  await expect(startOne(environment)).rejects.toMatchObject({
    fault: { code: "environment.unhealthy" },
  });
});

test("a worker whose heap is full is a crash, and a fresh one follows", async () => {
  await using mount = await mountToy({ heapMiBMax: 32, restarts: { backoffMs: 1 } });
  const environment = await mount.open({ host: bareHost() }, aCall());
  const error = await outcomeOf(await startOne(environment), "fill").catch((each: unknown) => each);
  expect(error).toMatchObject({ fault: { code: "plugin.crashed" } });
  expect((error as Error).message).toContain("ERR_WORKER_OUT_OF_MEMORY");
  expect(await outcomeOf(await startOne(environment), "echo", { input: text("x") })).toBe(
    "returned x",
  );
});

test("what a plug-in prints goes to the log", async () => {
  const { log, lines } = keepingLog();
  await using mount = await mountToy({ log });
  const environment = await mount.open({ host: bareHost() }, aCall());
  expect(await outcomeOf(await startOne(environment), "print")).toBe("returned printed");
  await eventually("three lines", () => lines.length >= 3);
  expect(lines.join("")).toContain("noise on stderr");
});

test.for(["notPlugin", "missing"])("the export %s is refused", async (exportName) => {
  await expect(mountToy({ exportName })).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
});

test("a plug-in that ends while it opens is refused, and nothing is left", async () => {
  await using mount = await mountToy({ exportName: "brokenPlugin" });
  await expect(mount.open({ host: bareHost() }, aCall())).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
});

test("20 mounts leave no worker behind", async () => {
  const threads = () =>
    process.getActiveResourcesInfo().filter((each) => /Worker|MessagePort/.test(each));
  const before = threads().length;
  for (let i = 0; i < 20; i++) {
    await using mount = await mountToy();
    const environment = await mount.open({ host: bareHost() }, aCall());
    await outcomeOf(await startOne(environment), "echo");
  }
  await eventually("all ended", () => threads().length <= before);
});
