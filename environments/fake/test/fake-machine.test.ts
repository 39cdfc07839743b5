import { VirtualClock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import {
  createHostPort,
  type Environment,
  type Guard,
  newCall,
  openEnvironment,
  type Process,
} from "@bedplate/environment";
import { expect, test } from "vitest";
import {
  encodeImage,
  type FakeMachineOptions,
  fakeMachinePlugin,
  type MachineStep,
} from "../src/index.ts";
import type { FakeMachineDeclares } from "../src/machine/machine-manifest.ts";

const image = encodeImage({
  files: { "/etc/motd": "hello" },
  programs: { greet: [{ do: "read", path: "/etc/motd" }] },
});
let calls = 0;
const call = () => newCall({ principal: "p", timeoutMs: 10_000, key: `k${++calls}` });

async function openMachine(options: FakeMachineOptions & { readonly guard?: Guard } = {}) {
  const host = createHostPort({
    owner: "host",
    grants: ["blob:read"],
    ports: { "blob:read": { read: async () => image } },
  });
  const plugin = fakeMachinePlugin(options);
  const environment: Environment<FakeMachineDeclares> = await openEnvironment(
    plugin,
    { host, guard: options.guard },
    call(),
  );
  const spec = { artifact: digestBytes(image), config: {}, caps: {}, labels: {} };
  const machine = await environment.create(spec, call());
  await machine.start(call());
  const run = (...steps: readonly MachineStep[]) =>
    machine.facets.exec.start({ argv: ["do", JSON.stringify(steps)] }, call());
  const close = () => environment.close(call());
  return { machine, run, plugin, host, spec, [Symbol.asyncDispose]: close };
}

test("a program of the image runs under its name", async () => {
  await using opened = await openMachine();
  const { exec } = opened.machine.facets;
  const { id } = await exec.start({ argv: ["greet"] }, call());
  const items = await Array.fromAsync(exec.output({ process: id, from: 0 }, call()));
  expect(items.map(({ data }) => Buffer.from(data).toString()).join("")).toBe("hello");
});

test("time is the clock that was given: a day of sleep, or until a timeout, takes no time", async () => {
  const clock = new VirtualClock();
  await using opened = await openMachine({ clock });
  const { machine, run } = opened;
  const exit = ({ id }: Process) => machine.facets.exec.wait({ process: id }, call());
  const day = 24 * 60 * 60_000;
  const sleeper = await run({ do: "sleep", ms: day }, { do: "exit", code: 4 });
  await clock.advance(day);
  expect(await exit(sleeper)).toMatchObject({ code: 4, at: clock.now() });
  const bounded = await machine.facets.exec.start(
    { argv: ["do", JSON.stringify([{ do: "sleep" }])], timeoutMs: day },
    call(),
  );
  await clock.advance(day);
  expect(await exit(bounded)).toMatchObject({ signal: "SIGKILL", isTimedOut: true });
});

test("an exit is kept as long as declared, and no longer", async () => {
  const clock = new VirtualClock();
  await using opened = await openMachine({ clock });
  const { machine, run, plugin } = opened;
  const { exec } = machine.facets;
  const process = await run({ do: "exit", code: 1 });
  await exec.wait({ process: process.id }, call());
  const { exitKeptMs } = plugin.manifest.declares.exec;
  await clock.advance(exitKeptMs);
  expect(await exec.wait({ process: process.id }, call())).toMatchObject({ code: 1 });
  await clock.advance(1);
  await expect(exec.wait({ process: process.id }, call())).rejects.toMatchObject({
    fault: { code: "resource.missing" },
  });
  expect(await exec.list(call())).toEqual([]);
});

test("misfortune is met where it was planned", async () => {
  const faults = [{ on: "files.write", nth: 2, code: "environment.unhealthy" }] as const;
  await using opened = await openMachine({ faults });
  const { files } = opened.machine.facets;
  const write = (path: string) => files.write({ path, body: new Blob(["x"]).stream() }, call());
  await write("first");
  await expect(write("second")).rejects.toMatchObject({ fault: { code: "environment.unhealthy" } });
  await write("third");
  const names = (await Array.fromAsync(files.list({ path: ".", depth: 1 }, call()))).map(
    ({ path }) => path,
  );
  expect(names).toEqual(["/home/user/first", "/home/user/third"]);
});

test("what runs, its memory and its files are told by status", async () => {
  await using opened = await openMachine();
  const { machine, run } = opened;
  const process = await run({ do: "take", bytes: 1000 }, { do: "fork", count: 2 }, { do: "sleep" });
  for await (const { data } of machine.facets.exec.output(
    { process: process.id, from: 0 },
    call(),
  )) {
    if (Buffer.from(data).toString() === "all\n") break;
  }
  await machine.facets.files.write({ path: "a", body: new Blob(["12345"]).stream() }, call());
  const { resources } = await machine.status(call());
  expect(resources).toMatchObject({ memoryBytes: 1000, processes: 3, diskBytes: 5 });
});

test("policy bounds a machine from its creation, and whatever it is resized to", async () => {
  const guard: Guard = { decide: () => ({ ceiling: { memoryBytes: 1000, processes: 4 } }) };
  await using opened = await openMachine({ guard });
  const { machine, run } = opened;
  const greedy = await run({ do: "take", bytes: 1001 });
  const exit = await machine.facets.exec.wait({ process: greedy.id }, call());
  expect(exit).toMatchObject({ signal: "SIGKILL", isOutOfMemory: true });
  const holds = await machine.facets.resize.resize({ memoryBytes: 5000, cpuMillis: 100 }, call());
  expect(holds).toEqual({ memoryBytes: 1000, processes: 4, cpuMillis: 100 });
});
