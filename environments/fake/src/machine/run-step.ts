import { untilAborted } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { FakeMachine } from "./fake-machine.ts";
import type { FakeProcess } from "./fake-process.ts";
import type { MachineStep } from "./machine-step.ts";

type Work<K> = (
  step: Extract<MachineStep, { do: K }>,
  process: FakeProcess,
  machine: FakeMachine,
) => Promise<void> | void;

/** Does one step of a process. */
export async function runStep(
  process: FakeProcess,
  step: MachineStep,
  machine: FakeMachine,
): Promise<void> {
  const work = works[step.do] as Work<MachineStep["do"]>;
  await work(step as never, process, machine);
}

/** Bytes of one item of a flood. */
const floodBytes: number = 64 * 1024;

const forEver = new Promise<never>(() => {});

const works: { readonly [K in MachineStep["do"]]: Work<K> } = {
  print: ({ text, to = "stdout" }, process) => process.say(Buffer.from(text), to),
  printBytes: (_, process) =>
    process.say(
      Uint8Array.from({ length: 256 }, (_each, i) => i),
      "stdout",
    ),
  async flood({ bytes }, process) {
    for (let rest = bytes; rest > 0; rest -= floodBytes) {
      await process.say(new Uint8Array(Math.min(rest, floodBytes)).fill(97), "stdout");
    }
  },
  async copy(_, process) {
    for (;;) {
      const data = await process.input.read(process.signal);
      if (data === undefined) return;
      await process.say(data, "stdout");
    }
  },
  async sleep({ ms }, process, machine) {
    if (ms === undefined) await untilAborted(forEver, process.signal);
    else await machine.clock.sleep(ms, { signal: process.signal });
    await machine.running(process.signal);
  },
  async tick({ ms }, process, machine) {
    for (;;) {
      await machine.running(process.signal);
      process.state.count += 1;
      await say(process, process.state.count);
      await machine.clock.sleep(ms, { signal: process.signal });
    }
  },
  async terminal(_, process) {
    for (let shown = ""; ; ) {
      const changed = Promise.withResolvers<void>();
      process.onSize = changed.resolve;
      const { columns, rows } = process.size;
      const size = `${columns} ${rows}`;
      if (size !== shown) await say(process, size);
      shown = size;
      await untilAborted(changed.promise, process.signal);
    }
  },
  trap: ({ signal, text }, process) => void process.traps.set(signal, text),
  exit: ({ code }, process) => process.end({ code }),
  env: ({ name }, process, machine) => say(process, machine.envOf(process)[name] ?? "(none)"),
  async show({ what }, process, machine) {
    const { request } = process.state;
    const user = machine.user(request.user);
    switch (what) {
      case "cwd":
        return say(process, request.cwd ?? machine.home(user));
      case "user":
        return say(process, user);
      case "monotonic":
        return say(process, Math.round(machine.monotonic()));
      case "clock":
        return say(process, Math.round(machine.clock.now()));
      case "random":
        return say(process, Buffer.from(machine.random.bytes(16)).toString("hex"));
      case "identity":
        return say(process, machine.identity.join("\n"));
    }
  },
  cap: ({ name }, process, machine) => say(process, machine.capOf(name as never) ?? "none"),
  async read({ path }, process, { tree }) {
    const node = tree.find(tree.resolve(path));
    if (node?.kind !== "file") return process.end({ code: 1 });
    await process.say(node.data, "stdout");
  },
  write: ({ path, text }, process, machine) =>
    put(process, machine, { path, data: Buffer.from(text) }),
  link({ path, target }, process, machine) {
    const owner = machine.user(process.state.request.user);
    machine.tree.put(machine.tree.resolve(path, { followsLast: false }), {
      kind: "link",
      target,
      owner,
      mode: 0o777,
    });
  },
  fill: ({ path, bytes }, process, machine) =>
    put(process, machine, { path, data: new Uint8Array(bytes) }),
  makeFiles({ folder, count }, process, machine) {
    for (let i = 0; i < count && process.exit === undefined; i++) {
      put(process, machine, { path: `${folder}/${i}`, data: new Uint8Array() });
    }
  },
  async rewrite({ path, texts }, process, machine) {
    for (let i = 0; ; i++) {
      put(process, machine, { path, data: Buffer.from(texts[i % texts.length] ?? "") });
      await machine.clock.sleep(1, { signal: process.signal });
      await machine.running(process.signal);
    }
  },
  async listen({ port, text }, process, machine) {
    machine.listen(port, { text, process });
    await say(process, "listening");
    await untilAborted(forEver, process.signal);
  },
  async connect({ host, port, holds = false }, process, { network }) {
    const to = network.open(host, port);
    await say(process, to === undefined ? "closed" : "open");
    if (to === undefined || !holds) return;
    await untilAborted(network.hold(to), process.signal);
    await say(process, "cut");
  },
  async take({ bytes }, process, machine) {
    process.state.memoryBytes += bytes;
    if (machine.memoryBytes > (machine.capOf("memoryBytes") ?? Number.POSITIVE_INFINITY)) {
      process.state.memoryBytes -= bytes;
      return process.end({ signal: "SIGKILL", isOutOfMemory: true });
    }
    await say(process, "taken");
  },
  async fork({ count }, process, machine) {
    const limit = machine.capOf("processes") ?? Number.POSITIVE_INFINITY;
    if (machine.processCount + count > limit) return process.end({ code: 1 });
    process.state.children += count;
    await say(process, "all");
  },
};

function say(process: FakeProcess, value: string | number): Promise<void> {
  return process.say(Buffer.from(`${value}\n`), "stdout");
}

function put(
  process: FakeProcess,
  { tree, user }: FakeMachine,
  file: { readonly path: string; readonly data: Uint8Array },
): void {
  try {
    const data = new Uint8Array(file.data);
    const owner = user(process.state.request.user);
    tree.put(tree.resolve(file.path), { kind: "file", data, owner });
  } catch (error) {
    if (!isFault(error, "quota.exceeded") && !isFault(error, "permission.denied")) throw error;
    process.end({ code: 1 });
  }
}
