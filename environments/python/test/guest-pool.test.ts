import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadEngine } from "../src/host/engine.ts";
import { GuestPool } from "../src/host/guest-pool.ts";

const options = { engine: () => loadEngine(), warm: 1, kept: 2, most: 4 };

test("a process goes back to its tenant only", { timeout: 60_000 }, async () => {
  const pool = new GuestPool(options);
  const first = await pool.lease("a");
  pool.release(first, "a", { isClean: true });
  const other = await pool.lease("b");
  expect(other.pid).not.toBe(first.pid);
  const again = await pool.lease("a");
  expect(again.pid).toBe(first.pid);
  pool.release(again, "a", { isClean: false });
  expect((await pool.lease("a")).pid).not.toBe(first.pid);
  pool.close();
});

test("leasing waits while the most are busy", { timeout: 60_000 }, async () => {
  const pool = new GuestPool({ ...options, warm: 0, most: 1 });
  const first = await pool.lease("a");
  let isLeased = false;
  const second = pool.lease("a").then((process) => {
    isLeased = true;
    return process;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isLeased).toBe(false);
  pool.release(first, "a", { isClean: true });
  expect((await second).pid).toBe(first.pid);
  pool.close();
});

test("a process that dies in the middle of an order is a fault, not a wait", {
  timeout: 60_000,
}, async () => {
  const pool = new GuestPool({ ...options, warm: 0 });
  const process = await pool.lease("a");
  const pending = process.request({ order: "digest" }, []);
  process.kill();
  await expect(pending).rejects.toMatchObject({ fault: { code: "plugin.crashed" } });
  await expect(process.request({ order: "digest" }, [])).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
  pool.close();
});

test("a guest process ends with its host, even in the middle of a loop", {
  timeout: 60_000,
}, async () => {
  const host = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./orphan-host.ts"))], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(host.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  host.kill("SIGKILL");
  await once(host, "exit");
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a process that still puts its state back comes after a warm one", {
  timeout: 60_000,
}, async () => {
  const pool = new GuestPool(options);
  const first = await pool.lease("a");
  await pool.ready();
  const parts = [new Uint8Array(32), Buffer.from("while True: pass"), new Uint8Array()];
  const order = {
    order: "run",
    lengths: parts.map((part) => part.length),
    files: [],
    scriptName: "main.py",
    entry: "main",
    args: [],
    env: {},
    isSession: false,
    isDeterministic: true,
    now: 0,
    fuel: 1_000_000,
    endsAtMs: Number.MAX_SAFE_INTEGER,
    memoryBytes: 256 * 1024 * 1024,
    outputBytes: 1000,
    eventsMax: 10,
    earlyEventsMax: 10,
  } as const;
  const { answer } = await first.request(order, parts);
  expect(answer).toMatchObject({ answer: "done", end: "exhausted", text: "fuel" });
  expect(first.isIdle).toBe(false);
  pool.release(first, "a", { isClean: true });
  const second = await pool.lease("a");
  expect(second.pid).not.toBe(first.pid);
  await first.idle();
  expect(first.isIdle).toBe(true);
  expect((await pool.lease("a")).pid).toBe(first.pid);
  pool.close();
});
