import { readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { startAgent } from "./support/agent.ts";
import { frame, framesIn, hello, numberField, textField } from "./support/raw-frames.ts";

const [open, data, end, cancel] = [4, 6, 9, 11];
const [operation, window, path] = [15, 10, 50];
const write = 19;

test("the end of a cancelled write comes when its draft is gone", async () => {
  await using agent = await startAgent();
  const socket = await agent.socket();
  const drafts = () => readdirSync(agent.path).filter((name) => name.endsWith(".part"));
  const ended = new Map<number, { readonly body: Buffer; readonly left: readonly string[] }>();
  let said = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]);
    // Looked at in the moment in which the end arrives, which is what its receiver would do.
    for (const { kind, stream, body } of framesIn(said)) {
      if (kind === end && !ended.has(stream)) ended.set(stream, { body, left: drafts() });
    }
  });
  socket.write(hello());
  for (let stream = 1; stream <= 100; stream++) {
    const asked = [numberField(operation, write), numberField(window, 4096)];
    const body = Buffer.concat([...asked, textField(path, join(agent.path, "file"))]);
    socket.write(frame(open, { stream, body }));
    socket.write(frame(data, { stream, body: Buffer.alloc(4096) }));
    await eventually("the draft is there", () => drafts().length === 1);
    socket.write(frame(cancel, { stream }));
    await eventually("the stream has ended", () => ended.has(stream));
  }
  const codes = new Set(
    [...ended.values()].map(({ body }) => body.subarray(0, 12).toString("hex")),
  );
  expect(codes).toEqual(new Set(["01000008000000000000000d"]));
  expect([...ended.values()].flatMap(({ left }) => left)).toEqual([]);
  socket.destroy();
});

test("the end of the machine leaves no draft of a write that was under way", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(4096);
    await new Promise(() => undefined);
  };
  const written = guest.files.write(join(agent.path, "file"), source());
  written.catch(() => undefined);
  const drafts = () => readdirSync(agent.path).filter((name) => name.endsWith(".part"));
  await eventually("the draft is there", () => drafts().length === 1);
  await guest.shutDown({ graceMs: 5000 });
  await agent.ended;
  expect(drafts()).toEqual([]);
});
