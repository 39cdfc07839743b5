import { chmod } from "node:fs/promises";
import { readHostFacts } from "@bedplate/environment-container";
import { openScratchFolder } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { NotFoundError, Sandbox, SandboxNotFoundError, TimeoutError } from "e2b";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig, listenE2b } from "../../src/index.ts";
import { openRig, type Rig } from "../rig.ts";

const { missing } = await readHostFacts();
const name = "the official client, on machines of this host";

/** What a client of the tests is given instead of variables. */
type Connection = { readonly [K in "apiKey" | "apiUrl" | "sandboxUrl"]: string };

describe(name, () => {
  if (missing.length > 0) return void listAsLeftOut(name, missing.join("; "));
  const opened = new AsyncDisposableStack();
  let rig: Rig;
  let connection: Connection;

  beforeAll(async () => {
    const scratch = opened.use(openScratchFolder());
    // Machines' own users pass through.
    await chmod(scratch.path, 0o711);
    const places = { stateFolder: `${scratch.path}/state`, dataFolder: `${scratch.path}/data` };
    const config = {
      environments: { container: { config: places } },
      listen: { port: 0 },
      e2b: { port: 0 },
    };
    rig = opened.use(await openRig({ slots: ["container"], config }));
    const listening = await listenE2b(rig.server, checkConfig(config));
    if (listening === undefined) throw new Error("the front door is closed");
    const { variables } = opened.use(listening);
    const variable = (key: string) => variables[key] ?? "";
    connection = {
      apiKey: variable("E2B_API_KEY"),
      apiUrl: variable("E2B_API_URL"),
      sandboxUrl: variable("E2B_SANDBOX_URL"),
    };
  }, 120_000);
  afterAll(() => opened.disposeAsync());

  it("creates, finds, lists and kills", async () => {
    const metadata = { of: "a test", "ä&=": "ü" };
    const sandbox = await Sandbox.create("base", { ...connection, metadata, envs: { A: "given" } });
    expect(sandbox.sandboxId).toMatch(/^[a-z0-9]+$/);
    expect((await sandbox.commands.run("echo $A")).stdout).toBe("given\n");
    expect(await sandbox.getInfo()).toMatchObject({ metadata, state: "running" });
    const listed = await Sandbox.list({ ...connection, query: { metadata } }).nextItems();
    expect(listed.map(({ sandboxId }) => sandboxId)).toEqual([sandbox.sandboxId]);
    const again = await Sandbox.connect(sandbox.sandboxId, connection);
    expect(await again.isRunning()).toBe(true);
    expect(await sandbox.kill()).toBe(true);
    expect(await sandbox.isRunning()).toBe(false);
    expect(await sandbox.kill()).toBe(false);
    await expect(Sandbox.connect(sandbox.sandboxId, connection)).rejects.toThrow(
      SandboxNotFoundError,
    );
  });

  it("pauses and goes on with its processes", async () => {
    const sandbox = await Sandbox.create("base", connection);
    const sleep = await sandbox.commands.run("sleep 3600", { background: true });
    expect(await sandbox.pause()).toBe(true);
    expect(await sandbox.pause()).toBe(false);
    expect(await sandbox.isRunning()).toBe(false);
    const paused = await Sandbox.list({ ...connection, query: { state: ["paused"] } }).nextItems();
    expect(paused.map(({ sandboxId }) => sandboxId)).toContain(sandbox.sandboxId);
    await sandbox.connect();
    expect((await sandbox.commands.list()).map(({ pid }) => pid)).toContain(sleep.pid);
    await sandbox.kill();
  });

  it("keeps the disk alone where it is told to, and boots anew", async () => {
    const sandbox = await Sandbox.create("base", connection);
    await sandbox.files.write("kept", "still here");
    const boot = "cat /proc/sys/kernel/random/boot_id";
    const before = (await sandbox.commands.run(boot)).stdout;
    await sandbox.pause({ keepMemory: false });
    await sandbox.connect();
    expect(await sandbox.files.read("kept")).toBe("still here");
    expect((await sandbox.commands.run(boot)).stdout).not.toBe(before);
    await sandbox.kill();
  }, 60_000);

  it("captures, makes sandboxes of snapshots, and forks", async () => {
    const sandbox = await Sandbox.create("base", connection);
    await sandbox.files.write("of", "the first");
    const { snapshotId } = await sandbox.createSnapshot({ name: "before" });
    await sandbox.files.write("of", "the second");
    const restored = await Sandbox.create(snapshotId, connection);
    expect(await restored.files.read("of")).toBe("the first");
    const [fork] = await sandbox.fork();
    if (!(fork instanceof Sandbox)) throw fork;
    expect(await fork.files.read("of")).toBe("the second");
    expect(await Sandbox.deleteSnapshot(snapshotId, connection)).toBe(true);
    expect(await Sandbox.deleteSnapshot(snapshotId, connection)).toBe(false);
    await Promise.all([sandbox, restored, fork].map((each) => each.kill()));
  }, 60_000);

  it("ends with its time, and is paused instead where it shall be", async () => {
    const killed = await Sandbox.create("base", { ...connection, timeoutMs: 60_000 });
    const slept = await Sandbox.create("base", {
      ...connection,
      timeoutMs: 1_000,
      lifecycle: { onTimeout: "pause", autoResume: true },
    });
    await killed.setTimeout(1_000);
    const left = killed.commands.run("sleep 60", { timeoutMs: 30_000 });
    await expect(left).rejects.toThrow(TimeoutError);
    await expect.poll(() => killed.isRunning(), { timeout: 10_000 }).toBe(false);
    await expect
      .poll(async () => (await slept.getInfo()).state, { timeout: 10_000 })
      .toBe("paused");
    expect((await slept.commands.run("echo awake")).stdout).toBe("awake\n");
    await slept.kill();
  }, 60_000);

  it("asks for a key, and for a template that there is", async () => {
    const wrong = { ...connection, apiKey: `e2b_${"0".repeat(40)}` };
    await expect(Sandbox.create("base", wrong)).rejects.toThrow(/Unauthorized/);
    await expect(Sandbox.create("nothing-of-that-name", connection)).rejects.toThrow();
    await expect(Sandbox.getInfo("none", connection)).rejects.toThrow(NotFoundError);
  });

  it("gives the same sandbox for the same key of a request", async () => {
    const create = () =>
      fetch(`${connection.apiUrl}/v2/sandboxes`, {
        method: "POST",
        headers: { "x-api-key": connection.apiKey, "idempotency-key": "once" },
        body: JSON.stringify({ templateID: "base", timeout: 60 }),
      }).then((answer) => answer.json() as Promise<{ readonly sandboxID: string }>);
    const [first, second] = [await create(), await create()];
    expect(second.sandboxID).toBe(first.sandboxID);
    await Sandbox.kill(first.sandboxID, connection);
  });
});
