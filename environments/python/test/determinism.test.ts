import { expect, test } from "vitest";
import { PythonRig } from "./python-rig.ts";

const script = `
import random, secrets, uuid, os, time, datetime, json, tempfile, hashlib
data = {w: hash(w) for w in "the quick brown fox".split()}
print(set(data), id(data) % 1000, object())
print(random.random(), secrets.token_hex(8), uuid.uuid4(), os.urandom(4))
print(time.time(), time.monotonic(), datetime.datetime.now().isoformat(), time.localtime().tm_gmtoff)
time.sleep(2.5)
print(time.time(), sum(i * i for i in range(20_000)), tempfile.gettempdir())
print(hashlib.sha256(json.dumps(data).encode()).hexdigest(), os.stat(".").st_mtime)
`;

test("a script gives one receipt in many processes", { timeout: 300_000 }, async () => {
  // No process is kept, so every run has a process of its own.
  await using rig = await PythonRig.open({ keptProcesses: 0, warmProcesses: 2 });
  const first = await rig.run(script);
  expect(first.stderr).toBe("");
  const count = Number(process.env["BEDPLATE_PYTHON_PROCESSES"] ?? 12);
  for (let i = 1; i < count; i++) {
    const again = await rig.run(script);
    expect(again.usage.fuel).toBe(first.usage.fuel);
    expect(again.receipt).toBe(first.receipt);
  }
});

test("time and chance come from the invocation", async () => {
  await using rig = await PythonRig.open();
  const look =
    "import time, random, os\nprint(int(time.time()), random.random(), os.urandom(8).hex())";
  const [a, b] = [await rig.run(look, { now: 1e12 }), await rig.run(look, { now: 1e12 })];
  const c = await rig.run(look, { now: 2e12 });
  const d = await rig.run(look, { now: 1e12, seed: new Uint8Array(32).fill(1) });
  expect(b.stdout).toBe(a.stdout);
  expect(a.stdout.startsWith("1000000000 ")).toBe(true);
  expect(c.stdout.startsWith("2000000000 ")).toBe(true);
  expect(c.stdout.slice(11)).toBe(a.stdout.slice(11));
  expect(d.stdout.slice(11)).not.toBe(a.stdout.slice(11));
});

test("the normal profile has real time and chance", async () => {
  await using rig = await PythonRig.open();
  const config = { profile: "normal" };
  const look = "import time, os\nprint(int(time.time()), os.urandom(8).hex())";
  const before = Math.floor(Date.now() / 1000);
  const [a, b] = [await rig.run(look, { config }), await rig.run(look, { config })];
  expect(Number(a.stdout.split(" ")[0])).toBeGreaterThanOrEqual(before);
  expect(b.stdout.split(" ")[1]).not.toBe(a.stdout.split(" ")[1]);
});

test("the fuel of a run does not depend on how much there was", async () => {
  await using rig = await PythonRig.open();
  const { usage } = await rig.run(script);
  const exact = await rig.run(script, { budget: { fuel: usage.fuel } });
  expect(exact.outcome.kind).toBe("returned");
  const less = await rig.run(script, { budget: { fuel: usage.fuel - 1 } });
  expect(less.outcome).toEqual({ kind: "exhausted", meter: "fuel" });
});
