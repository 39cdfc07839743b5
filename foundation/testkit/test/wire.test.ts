import { expect, test } from "vitest";
import { eventually, openWire } from "../src/index.ts";
import { startEchoServer } from "./support/echo-server.ts";
import { openLineClient } from "./support/line-client.ts";

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50));

async function openRig() {
  const server = await startEchoServer();
  const wire = await openWire(server);
  const client = await openLineClient(wire);
  return {
    server,
    wire,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await wire[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("bytes pass both ways, and an end passes as an end", async () => {
  await using rig = await openRig();
  rig.client.send("hello");
  await eventually("the echo", () => rig.client.received === "hello");
  expect(rig.wire.connections).toBe(1);
  rig.client.end();
  await eventually("the end", () => rig.client.phase === "ended");
  await eventually("the wire lets go", () => rig.wire.connections === 0);
});

test("url() puts the wire into an engine's URL", async () => {
  await using rig = await openRig();
  const { port } = rig.wire;
  expect(rig.wire.url("postgres://me:p%40ss@db:5432/name?x=1")).toBe(
    `postgres://me:p%40ss@127.0.0.1:${port}/name?x=1`,
  );
  expect(rig.wire.url("http://key:secret@host/")).toBe(`http://key:secret@127.0.0.1:${port}/`);
});

test("a megabyte passes in order under a delay that changes", async () => {
  await using rig = await openRig();
  const text = Array.from({ length: 200_000 }, (_, index) => String(index)).join(",");
  rig.wire.delay(20);
  rig.client.send(text.slice(0, 600_000));
  await aWhile();
  rig.wire.delay(5);
  rig.client.send(text.slice(600_000));
  await eventually("all of it", () => rig.client.received.length === text.length);
  expect(rig.client.received === text).toBe(true);
});

test("delay() holds what is sent, and resume() lets it go", async () => {
  await using rig = await openRig();
  rig.wire.delay(60_000);
  rig.client.send("late");
  await aWhile();
  expect(rig.server.received).toBe("");
  rig.wire.resume();
  await eventually("the echo", () => rig.client.received === "late");
});

test("stall() holds everything and keeps connections, resume() lets it go", async () => {
  await using rig = await openRig();
  rig.wire.stall();
  rig.client.send("held");
  using second = await openLineClient(rig.wire);
  second.send(" too");
  await aWhile();
  expect(rig.server.received).toBe("");
  expect([rig.client.phase, second.phase]).toEqual(["open", "open"]);
  rig.wire.resume();
  await eventually("both echoes", () => rig.client.received + second.received === "held too");
});

test("cut() resets open connections, and new ones pass", async () => {
  await using rig = await openRig();
  rig.wire.cut();
  await eventually("the reset", () => rig.client.phase === "reset");
  using second = await openLineClient(rig.wire);
  second.send("again");
  await eventually("the echo", () => second.received === "again");
});

test("cutAfter() to the server loses the request", async () => {
  await using rig = await openRig();
  rig.wire.cutAfter("to-server", 3);
  rig.client.send("abc");
  await eventually("what may pass", () => rig.client.received === "abc");
  rig.client.send("d");
  await eventually("the reset", () => rig.client.phase === "reset");
  expect(rig.server.received).toBe("abc");
});

test("cutAfter() to the client loses the answer, on new connections too", async () => {
  await using rig = await openRig();
  rig.wire.cutAfter("to-client", 0);
  rig.client.send("once");
  await eventually("the reset", () => rig.client.phase === "reset");
  expect(rig.server.received).toBe("once");
  using second = await openLineClient(rig.wire);
  second.send(" twice");
  await eventually("the second reset", () => second.phase === "reset");
  expect(rig.server.received).toBe("once twice");
  expect(rig.client.received + second.received).toBe("");
});

test("refuse() resets new connections until accept()", async () => {
  await using rig = await openRig();
  rig.wire.refuse();
  using refused = await openLineClient(rig.wire);
  await eventually("the reset", () => refused.phase === "reset");
  expect(rig.client.phase).toBe("open");
  rig.wire.accept();
  using accepted = await openLineClient(rig.wire);
  accepted.send("in");
  await eventually("the echo", () => accepted.received === "in");
});

test("a target that nobody listens on resets the connection", async () => {
  const gone = await startEchoServer();
  await gone[Symbol.asyncDispose]();
  await using wire = await openWire(gone);
  using client = await openLineClient(wire);
  await eventually("the reset", () => client.phase === "reset");
});
