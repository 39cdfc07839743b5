import { encodeProgramInput, type GuestEvent } from "@bedplate/environment";
import { expect, test } from "vitest";
import { call, example, openRig, plenty, run } from "./rig.ts";

const said = (events: readonly GuestEvent[]) =>
  events.map(({ topic, data }) => [topic, Buffer.from(data).toString("utf8")]);

test("a WASI program reads stdin, files and arguments, and its output are events", async () => {
  const rig = await openRig();
  const words = example("wasi/wordcount.wasm");
  const piped = await rig.run(words, {
    input: encodeProgramInput({ stdin: Buffer.from("one two\nthree\n") }),
  });
  expect(piped.outcome).toEqual({ kind: "returned", output: new Uint8Array(), exitCode: 0 });
  expect(said(piped.events)[0]?.[1]).toMatch(/2\s+3\s+14/);
  const input = encodeProgramInput({
    args: ["/text"],
    files: { "/text": Buffer.from("a b c d\n") },
  });
  const filed = await rig.run(words, { input });
  expect(said(filed.events)[0]?.[1]).toMatch(/1\s+4\s+8.*text/);
  const missing = await rig.run(words, { input: encodeProgramInput({ args: ["/missing"] }) });
  expect(missing.outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(said(missing.events)[0]?.[0]).toBe("stderr");
});

test("the output limit is exact for a program too", async () => {
  const rig = await openRig();
  const hello = example("hello.wasm");
  const { usage, outcome } = await rig.run(hello);
  const outputBytes = usage.outputBytes;
  const exact = await rig.run(hello, { budget: { ...plenty, outputBytes } });
  expect(exact.outcome).toEqual(outcome);
  const less = await rig.run(hello, { budget: { ...plenty, outputBytes: outputBytes - 1 } });
  expect(less).toMatchObject({
    outcome: { kind: "exhausted", meter: "outputBytes" },
    events: [],
  });
});

test("a path that is none is the caller's fault, and nothing ran", async () => {
  const rig = await openRig();
  const input = encodeProgramInput({ files: { "relative/path": new Uint8Array() } });
  const running = rig.run(example("hello.wasm"), { input });
  await expect(running).rejects.toMatchObject({
    code: "argument.invalid",
    fault: { effect: "none", blame: "caller" },
  });
});

test("input that is no program input is the caller's fault", async () => {
  const rig = await openRig();
  const running = rig.run(example("hello.wasm"), { input: new Uint8Array([1, 2, 3]) });
  await expect(running).rejects.toMatchObject({ code: "argument.invalid" });
});

test("a normal instance runs the same program", async () => {
  const rig = await openRig();
  const instance = await rig.instance(example("hello.wasm"), { profile: "normal" });
  const { outcome, events } = await run(instance);
  expect(outcome).toMatchObject({ kind: "returned", exitCode: 0 });
  expect(said(events)).toEqual([["stdout", "Hello from WebAssembly\n"]]);
});

test("an aborted call ends with the signal's own reason", async () => {
  const rig = await openRig();
  const instance = await rig.instance(example("hello.wasm"));
  const reason = new Error("nobody waits any more");
  const aborted = call({ signal: AbortSignal.abort(reason) });
  const invocation = { entry: "main", input: new Uint8Array(), budget: plenty, now: 0 };
  const running = instance.facets.invoke.run(
    { ...invocation, pre: `sha256:${"0".repeat(64)}`, seed: new Uint8Array(32) },
    aborted,
  );
  await expect(running).rejects.toBe(reason);
});
