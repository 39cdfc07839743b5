import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { digestValue } from "@bedplate/codec";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { denyAll, newCall } from "../../src/index.ts";
import {
  type Channel,
  connectDriver,
  openConnectChannel,
  openPortChannel,
  serveDriver,
} from "../../src/wire/index.ts";
import {
  type MachineDeclares,
  machineDriver,
  machineManifest,
  snapshot,
  type Told,
} from "./toy-machine.ts";

const call = () => newCall({ principal: "p", timeoutMs: 10_000, key: "k" });

interface Pair extends AsyncDisposable {
  readonly near: Channel;
  readonly far: Channel;
}

async function openPorts(): Promise<Pair> {
  const { port1, port2 } = new MessageChannel();
  const [near, far] = [openPortChannel(port1), openPortChannel(port2)];
  return { near, far, [Symbol.asyncDispose]: async () => near.close() };
}

async function openSockets(): Promise<Pair> {
  const folder = openScratchFolder("wire");
  const [host, plugin] = [join(folder.path, "h"), join(folder.path, "p")];
  const token = "secret";
  const near = await openConnectChannel({
    side: "host",
    listenPath: host,
    peerPath: plugin,
    token,
  });
  const far = await openConnectChannel({
    side: "plugin",
    listenPath: plugin,
    peerPath: host,
    token,
  });
  const close = async () => {
    near.close();
    far.close();
    await Promise.all([near.closed, far.closed]);
    folder[Symbol.dispose]();
  };
  return { near, far, [Symbol.asyncDispose]: close };
}

async function openMachine(pair: Pair) {
  const told: Told = { words: [], files: new Map(), outputs: 0 };
  serveDriver(machineDriver(told), pair.far);
  const driver = connectDriver<MachineDeclares>(pair.near, machineManifest);
  const spec = {
    artifact: digestValue("a"),
    config: {},
    caps: { processes: 3 },
    labels: {},
    env: { A: "b" },
    egress: denyAll,
  };
  const machine = await driver.create(spec, call());
  expect(told.words.splice(0)).toEqual([JSON.stringify([spec.env, spec.egress, spec.caps])]);
  return { told, driver, machine };
}

const textOf = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text();
const streamOf = (text: string) => new Blob([text]).stream();

const openings = [
  ["ports", openPorts],
  ["sockets", openSockets],
] as const;

test.for(openings)("exec over %s starts, writes, signals, waits and lists", async ([, open]) => {
  await using pair = await open();
  const { machine, told } = await openMachine(pair);
  const { exec } = machine.facets;
  const request = {
    argv: ["cat", "-"],
    env: { A: "b" },
    cwd: "/",
    user: "1000",
    tty: { columns: 80, rows: 24 },
    hasInput: true,
    timeoutMs: 1.5,
    tag: "t",
  };
  const { id, ...process } = await exec.start(request, call());
  expect(process).toEqual({ pid: 7, request, startedAt: 1 });
  await exec.write({ process: id, data: Buffer.from("abc") }, call());
  await exec.closeInput({ process: id }, call());
  await exec.resize({ process: id, size: { columns: 100, rows: 30 } }, call());
  await exec.signal({ process: id, name: "SIGTERM" }, call());
  expect(told.words).toEqual(["write abc", "close p", "resize 100x30", "signal SIGTERM"]);
  expect(await exec.wait({ process: id }, call())).toEqual({
    code: 7,
    signal: null,
    isOutOfMemory: false,
    at: 3,
    isTimedOut: true,
  });
  expect(await exec.list(call())).toEqual([
    { id: "p", pid: 7, request: { argv: ["cat"] }, startedAt: 1 },
  ]);
});

test.for(openings)(
  "output over %s waits for its reader, and ends when it leaves",
  async ([, open]) => {
    await using pair = await open();
    const { machine, told } = await openMachine(pair);
    const seen: number[] = [];
    for await (const { at, data } of machine.facets.exec.output(
      { process: "p", from: 5 },
      call(),
    )) {
      expect(data).toHaveLength(60_000);
      seen.push(at);
      if (seen.length === 1) await settled(() => told.outputs);
      // A window of items and what the sockets between hold, not all that there could be.
      if (seen.length === 1) expect(told.outputs).toBeLessThan(500);
      if (seen.length === 10) break;
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => 5 + i * 60_000));
    const after = await settled(() => told.outputs);
    expect(await settled(() => told.outputs)).toBe(after);
  },
);

test.for(openings)("files over %s are written, read, listed and deleted", async ([, open]) => {
  await using pair = await open();
  const { machine, told } = await openMachine(pair);
  const { files } = machine.facets;
  const body = streamOf("hello".repeat(50_000));
  const options = { mode: 0o600, attributes: { x: "y" }, user: "root" };
  const written = await files.write({ path: "/a", body, ...options }, call());
  expect(written).toMatchObject({ path: "/a", kind: "file", bytes: 250_000, modifiedAt: 1.5 });
  expect(told.words).toEqual([JSON.stringify([0o600, { x: "y" }, "root"])]);
  expect(told.files.get("/a")).toHaveLength(250_000);
  expect(await textOf(await files.read({ path: "/a", offset: 1, length: 4 }, call()))).toBe("ello");
  expect(await Array.fromAsync(files.list({ path: "/", depth: 1 }, call()))).toEqual([written]);
  expect(await files.stat({ path: "/a" }, call())).toEqual(written);
  expect(await files.makeFolder({ path: "/f" }, call())).toMatchObject({ kind: "folder" });
  const watch = files.watch({ path: "/f", isRecursive: true }, call());
  expect(await Array.fromAsync(watch)).toEqual([
    { kind: "ready", path: "" },
    { kind: "created", path: "/f/true" },
  ]);
  expect(await files.move({ path: "/a", to: "/b" }, call())).toMatchObject({ path: "/b" });
  await files.delete({ path: "/b" }, call());
  await expect(files.read({ path: "/b" }, call())).rejects.toMatchObject({
    fault: { code: "resource.missing", detail: { id: "/b" } },
  });
});

test.for(openings)("the other facets cross over %s", async ([, open]) => {
  await using pair = await open();
  const { machine, told, driver } = await openMachine(pair);
  const { serve, egress, pause, resize, snapshot: snapshots } = machine.facets;
  const http = { port: 80, protocol: "http" } as const;
  expect(await serve.expose(http, call())).toEqual({ ...http, address: "unix:/x" });
  await serve.withdraw(http, call());
  const rule = { action: "allow", cidr: "10.0.0.0/8", ports: { from: 1, to: 2 } } as const;
  const policy = { rules: [rule], otherwise: "deny" } as const;
  await egress.set(policy, call());
  await pause.pause(call());
  await pause.resume(call());
  expect(told.words).toEqual(["withdraw 80", JSON.stringify(policy), "pause", "resume"]);
  expect(await resize.resize({ memoryBytes: 5 }, call())).toEqual({
    memoryBytes: 5,
    cpuMillis: 64,
  });
  const chunks: Uint8Array[] = [];
  const sink = async (chunk: Uint8Array) => void chunks.push(chunk);
  const request = { scope: "machine", sink, parent: snapshot } as const;
  expect(await snapshots.capture(request, call())).toEqual(snapshot);
  expect(told.words.at(-1)).toBe("capture machine toy");
  expect(chunks.map((each) => [each.length, each[0]])).toEqual([
    [100_000, 1],
    [100_000, 2],
    [100_000, 3],
  ]);
  expect(await driver.assess?.(snapshot, call())).toEqual(snapshot.requires);
  expect((await machine.status(call())).resources).toEqual({
    at: 1.5,
    cpuMs: 2,
    memoryBytes: 3,
    diskBytes: 4,
  });
  expect(await machine.stop({ graceMs: 0 }, call())).toEqual({
    code: null,
    signal: "SIGKILL",
    isOutOfMemory: true,
    at: 2,
  });
  expect(await driver.recover(machine.handle, call())).toEqual({ found: "foreign" });
});

/** A number once it no longer changes from turn to turn. */
async function settled(read: () => number): Promise<number> {
  for (let last = read(), turns = 0; ; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (read() === last && turns > 2) return last;
    last = read();
  }
}

test.for(openings)("a keyed operation without its key is refused over %s", async ([, open]) => {
  await using pair = await open();
  const { machine } = await openMachine(pair);
  const keyless = newCall({ principal: "p", timeoutMs: 1_000 });
  await expect(machine.facets.pause.pause(keyless as never)).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/call/key" } },
  });
});

test("a host's socket refuses whoever has not its token", async () => {
  using folder = openScratchFolder("wire");
  const host = join(folder.path, "h");
  const real = await openConnectChannel({
    side: "host",
    listenPath: host,
    peerPath: "/nowhere",
    token: "right",
  });
  const thief = await openConnectChannel({
    side: "plugin",
    listenPath: join(folder.path, "p"),
    peerPath: host,
    token: "wrong",
  });
  await expect(thief.request("Now", {}, { call: call() })).rejects.toMatchObject({
    fault: { code: "key.invalid" },
  });
  real.close();
  thief.close();
});
