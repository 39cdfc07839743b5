import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { digestValue } from "@bedplate/codec";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { newCall } from "../../src/index.ts";
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
  const told: Told = { words: [], files: new Map() };
  serveDriver(machineDriver(told), pair.far);
  const driver = connectDriver<MachineDeclares>(pair.near, machineManifest);
  const spec = { artifact: digestValue("a"), config: {}, caps: {}, labels: {} };
  return { told, driver, machine: await driver.create(spec, call()) };
}

const textOf = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text();
const streamOf = (text: string) => new Blob([text]).stream();

const openings = [
  ["ports", openPorts],
  ["sockets", openSockets],
] as const;

test.for(openings)(
  "exec over %s streams stdin, stdout and stderr, and tells the exit",
  async ([, open]) => {
    await using pair = await open();
    const { machine, told } = await openMachine(pair);
    const stdin = streamOf("x".repeat(300_000));
    const process = await machine.facets.exec.exec({ argv: ["cat", "-"], stdin }, call());
    expect(await textOf(process.stderr)).toBe("cat -");
    await process.resize({ columns: 80, rows: 24 });
    await process.signal("SIGTERM");
    expect(await textOf(process.stdout)).toHaveLength(300_000);
    expect(await process.exit).toEqual({ code: 7, signal: null, isOutOfMemory: false, at: 3 });
    expect(told.words).toEqual(["resize 80x24", "signal SIGTERM"]);
  },
);

test.for(openings)("files over %s are written, read, listed and deleted", async ([, open]) => {
  await using pair = await open();
  const { machine, told } = await openMachine(pair);
  const { files } = machine.facets;
  await files.write("/a", streamOf("hello".repeat(50_000)), call());
  expect(told.files.get("/a")).toHaveLength(250_000);
  expect(await textOf(await files.read("/a", { offset: 1, length: 4 }, call()))).toBe("ello");
  expect(await Array.fromAsync(files.list("/", call()))).toEqual([
    { name: "/a", isFolder: false, bytes: 250_000 },
  ]);
  await files.delete("/a", call());
  await expect(files.read("/a", { offset: 0 }, call())).rejects.toMatchObject({
    fault: { code: "resource.missing", detail: { id: "/a" } },
  });
});

test.for(openings)("the other facets cross over %s", async ([, open]) => {
  await using pair = await open();
  const { machine, told, driver } = await openMachine(pair);
  const { serve, pause, resize, snapshot: snapshots } = machine.facets;
  expect(await serve.expose({ port: 80, protocol: "http" }, call())).toEqual({
    port: 80,
    protocol: "http",
    address: "unix:/x",
  });
  await serve.withdraw(80, call());
  await pause.pause(call());
  await pause.resume(call());
  expect(told.words).toEqual(["withdraw 80", "pause", "resume"]);
  expect(await resize.resize({ wallMs: 1.5 }, call())).toEqual({ wallMs: 1.5, memoryBytes: 64 });
  const chunks: Uint8Array[] = [];
  const sink = async (chunk: Uint8Array) => void chunks.push(chunk);
  expect(await snapshots.capture(sink, call())).toEqual(snapshot);
  expect(chunks.map((each) => [each.length, each[0]])).toEqual([
    [100_000, 1],
    [100_000, 2],
    [100_000, 3],
  ]);
  expect(await snapshots.assess(snapshot, call())).toEqual(snapshot.requires);
  expect(await machine.stop({ graceMs: 0 }, call())).toEqual({
    code: null,
    signal: "SIGKILL",
    isOutOfMemory: true,
    at: 2,
  });
  expect(await driver.recover(machine.handle, call())).toEqual({ found: "foreign" });
});

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
