import { get } from "node:http";
import { connect } from "node:net";
import type { ProcessEventView } from "@bedplate/routes";
import { fromBytesView } from "@bedplate/sdk";
import { faultOf, findFreePort } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openRig, type Rig } from "./rig.ts";

const slot = "fake-machine";

function openMachineRig(): Promise<Rig> {
  const environments = { [slot]: { isEnabled: true } };
  return openRig({ slots: [slot], config: { environments, machines: { slot } } });
}

function steps(...all: readonly object[]): readonly string[] {
  return ["do", JSON.stringify(all)];
}

test("a machine's whole life over HTTP", async () => {
  await using rig = await openMachineRig();
  const { machines } = rig.client;
  const made = await machines.create({ labels: { of: "test" }, env: { A: "1" }, waitMs: 5_000 });
  expect([made.state, made.env]).toEqual(["running", ["A"]]);
  const processes = machines.processes(made.id);
  const said = await processes.exec(steps({ do: "env", name: "A" }, { do: "exit", code: 3 }));
  expect(said).toMatchObject({ exitCode: 3, stdout: expect.stringContaining("1") });

  expect((await machines.pause(made.id, { waitMs: 5_000 })).state).toBe("paused");
  const refused = processes.exec(steps({ do: "print", text: "x" }));
  expect((await faultOf(refused)).code).toBe("phase.illegal");
  expect((await machines.resume(made.id, { waitMs: 5_000 })).state).toBe("running");

  const snapshot = await machines.capture(made.id, { name: "before", scope: "files" });
  const again = await machines.create({ snapshot: snapshot.id, slot, waitMs: 5_000 });
  expect(again).toMatchObject({ state: "running", snapshot: snapshot.id });
  const forks = await machines.fork(made.id, { count: 2 });
  expect(forks).toHaveLength(2);
  const { snapshots } = await machines.snapshots();
  expect(snapshots.map(({ id, name }) => [id, name])).toEqual([[snapshot.id, "before"]]);
  await machines.deleteSnapshot(snapshot.id);
  expect((await faultOf(machines.snapshot(snapshot.id))).code).toBe("resource.missing");

  expect((await machines.delete(made.id, { waitMs: 5_000 })).state).toBe("deleted");
  const kinds: string[] = [];
  for await (const { kind } of machines.events(made.id)) kinds.push(kind);
  expect(kinds[0]).toBe("created");
  expect(kinds.at(-1)).toBe("deleted");
  const left = await machines.list({ labels: "of=test" });
  expect(left.machines.map(({ id }) => id).toSorted()).toEqual(
    forks.map(({ id }) => id).toSorted(),
  );
});

test("processes take input, signals and sizes, and are found again by their id", async () => {
  await using rig = await openMachineRig();
  const { machines } = rig.client;
  const { id } = await machines.create({ waitMs: 5_000 });
  const processes = machines.processes(id);
  const copied = await processes.exec(steps({ do: "copy" }), { stdin: "to and fro" });
  expect(copied).toMatchObject({ exitCode: 0, stdout: "to and fro" });

  const echo = await processes.start(steps({ do: "copy" }), { hasInput: true, tag: "echo" });
  await processes.write(echo.id, "one ");
  await processes.write(echo.id, "two");
  await processes.closeInput(echo.id);
  expect(await textOf(processes.output(echo.id, { from: 0 }))).toBe("one two");
  expect((await faultOf(processes.write(echo.id, "three"))).code).toBe("phase.illegal");
  // A late reader goes on where it was.
  expect(await textOf(processes.output(echo.id, { from: 4 }))).toBe("two");
  expect((await processes.get(echo.id, { waitMs: 1_000 })).exit).toMatchObject({ code: 0 });

  const terminal = await processes.start(steps({ do: "terminal" }, { do: "sleep" }), {
    tty: { columns: 80, rows: 24 },
  });
  await processes.resize(terminal.id, { columns: 100, rows: 30 });
  await processes.signal(terminal.id, "SIGKILL");
  const { exit } = await processes.get(terminal.id, { waitMs: 1_000 });
  expect(exit).toMatchObject({ signal: "SIGKILL" });
  expect((await processes.list()).map((each) => each.tag ?? "")).toContain("echo");
  const none = processes.get("process_none");
  expect((await faultOf(none)).code).toBe("resource.missing");
});

test("files go in and out as streams", async () => {
  await using rig = await openMachineRig();
  const { machines } = rig.client;
  const { id } = await machines.create({ waitMs: 5_000 });
  const files = machines.files(id);
  const bytes = new Uint8Array(300_000).map((_, at) => at % 251);
  const entry = await files.write("/tmp/data", new Blob([bytes]).stream());
  expect(entry).toMatchObject({ path: "/tmp/data", bytes: bytes.length });
  expect(Buffer.compare(await bytesOf(await files.read("/tmp/data")), bytes)).toBe(0);
  const part = await files.read("/tmp/data", { offset: 10, length: 5 });
  expect([...(await bytesOf(part))]).toEqual([10, 11, 12, 13, 14]);
  await files.makeFolder("/tmp/a/b");
  await files.move("/tmp/data", "/tmp/a/b/data");
  const listed = await files.list("/tmp/a", { depth: 3 });
  expect(listed.map(({ path }) => path)).toEqual(["/tmp/a/b", "/tmp/a/b/data"]);
  await files.delete("/tmp/a");
  expect((await faultOf(files.list("/tmp/a", { depth: 0 }))).code).toBe("resource.missing");
});

test("a port is reached through the ingress, by token, and wakes a machine that sleeps", async () => {
  const environments = { [slot]: { isEnabled: true } };
  const port = await findFreePort();
  const providers = { ingress: `proxy://127.0.0.1:${port}` };
  const config = { environments, providers, machines: { slot, domain: "machines.test" } };
  await using rig = await openRig({ slots: [slot], config });
  const { machines } = rig.client;
  const { id } = await machines.create({ resumesOnTraffic: true, waitMs: 5_000 });
  await machines.processes(id).start(steps({ do: "listen", port: 8080, text: "hi" }));
  const way = await machines.openPort(id, 8080);
  const host = `8080-${id}.machines.test`;
  expect(way).toMatchObject({ port: 8080, url: `http://${host}:${port}` });
  const ask = (token: string) =>
    request(`http://127.0.0.1:${port}/`, { host, "x-bedplate-token": token });
  expect(await ask("guessed")).toBe(401);
  expect(await readGreeting(way.address)).toBe("hi");
  await machines.pause(id, { waitMs: 5_000 });
  expect(await readGreeting(way.address)).toBe("hi");
  expect((await machines.get(id)).state).toBe("running");
  await machines.closePort(id, 8080);
  expect(await ask(way.token ?? "")).toBe(404);
  expect((await faultOf(machines.openPort(id, 70_000))).code).toBe("argument.invalid");
});

test("what makes no sense is refused, and nothing is made", async () => {
  await using rig = await openMachineRig();
  const { machines } = rig.client;
  const refusals: readonly (readonly [object, string, string])[] = [
    [{ slot: "none" }, "resource.missing", ""],
    [{ ttlMs: 0 }, "argument.invalid", "/ttlMs"],
    [{ caps: { memoryBytes: -1 } }, "argument.invalid", "/caps/memoryBytes"],
    [{ config: { what: 1 } }, "argument.invalid", "/what"],
    [{ artifact: "{" }, "argument.invalid", "/artifact"],
    [{ artifact: { digest: `sha256:${"0".repeat(64)}` } }, "resource.missing", ""],
    [{ snapshot: "none" }, "resource.missing", ""],
    [{ labels: { "": "x" } }, "argument.invalid", "/labels/"],
    [{ egress: { rules: [{ action: "maybe" }], otherwise: "deny" } }, "argument.invalid", ""],
  ];
  for (const [body, code, path] of refusals) {
    const fault = await faultOf(machines.create(body as never));
    expect([body, fault.code]).toEqual([body, code]);
    if (path !== "") expect(fault.detail["path"]).toBe(path);
  }
  for (const work of [
    machines.get("none"),
    machines.delete("none"),
    machines.pause("../x"),
    machines.processes("none").exec(["x"]),
  ]) {
    expect((await faultOf(work)).code).toBe("resource.missing");
  }
  expect((await machines.list()).machines).toEqual([]);
});

test("a machine of another project is not there", async () => {
  await using rig = await openMachineRig();
  const { id } = await rig.client.machines.create({ waitMs: 5_000 });
  const { text } = await rig.client.access.createKey({
    project: "other",
    role: "runner",
    label: "other",
  });
  const response = await fetch(new URL(`/v1/machines/${id}`, rig.url), {
    headers: { authorization: `Bearer ${text}` },
  });
  expect(response.status).toBe(404);
});

function request(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject);
  });
}

/** The first bytes that come over a new connection. */
function readGreeting(address: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  const socket = connect({ host, port: Number(port) });
  return new Promise((resolve, reject) => {
    socket.once("data", (bytes) => {
      socket.destroy();
      resolve(bytes.toString());
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The connection was closed without a byte")));
  });
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function textOf(events: AsyncIterable<ProcessEventView>): Promise<string> {
  let text = "";
  for await (const { data } of events) {
    if (data !== undefined) text += Buffer.from(fromBytesView(data)).toString();
  }
  return text;
}
