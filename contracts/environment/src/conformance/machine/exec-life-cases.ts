import type { Environment } from "../../gate/environment.ts";
import type { InstanceHandle } from "../../instance-driver.ts";
import type { CaseRig } from "../case-rig.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "../expectations.ts";
import { facet } from "../requirements.ts";
import { capsHold } from "./caps-hold.ts";
import { command, MachineRig, openMachine } from "./machine-rig.ts";

const exec = facet("exec");

/** EX-11 to EX-19: finding processes again, their surroundings, their bounds. */
export const execLifeCases: readonly ConformanceCase[] = [
  {
    id: "EX-11",
    law: "Whoever lost a process finds it by its id and reads on where it was, without a gap",
    requires: exec,
    commands: ["tick"],
    async run(rig) {
      const machine = await openMachine(rig);
      const process = await machine.start(command(rig, "tick")(2), { tag: "the-one" });
      let next = 0;
      const read: string[] = [];
      const readSome = async (from: number | undefined, until: number) => {
        const request = { process: process.id, ...(from !== undefined && { from }) };
        for await (const { at, data } of machine.exec.output(request, rig.call())) {
          if (from !== undefined) ensureEqual(at, next, "position");
          read.push(Buffer.from(data).toString());
          next = at + data.length;
          if (read.join("").includes(`\n${until}\n`)) return;
        }
      };
      await readSome(0, 5);
      const [found] = (await machine.exec.list(rig.call())).filter(
        ({ request }) => request.tag === "the-one",
      );
      ensureEqual([found?.id, found?.pid], [process.id, process.pid], "the process by its tag");
      await readSome(next, 12);
      await readSome(next, 20);
      const lines = read.join("").split("\n").slice(0, 20);
      const expected = Array.from({ length: 20 }, (_, i) => String(i + 1));
      ensureEqual(lines, expected, "lines, read in three parts");
      const before = next;
      for await (const { at } of machine.exec.output({ process: process.id }, rig.call())) {
        ensure(at >= before, "from now on began before now");
        break;
      }
      await machine.kill(process);
    },
  },
  {
    id: "EX-12",
    law: "A process that ended can still be asked for its exit and its last output; one that never was is missing",
    requires: exec,
    commands: ["say", "exit"],
    async run(rig) {
      const machine = await openMachine(rig);
      const process = await machine.start(command(rig, "say")("last words"));
      const first = await machine.finish(process);
      const again = await machine.finish(process);
      ensureEqual(again, first, "what is told again");
      ensureEqual(again.stdout, "last words", "the last words");
      const listed = (await machine.exec.list(rig.call())).find(({ id }) => id === process.id);
      ensureEqual(listed?.exit, first.exit, "the exit by list");
      const missing = { code: "resource.missing", effect: "none" } as const;
      const nobody = { process: `${process.id}-not` };
      await ensureFault(() => machine.exec.wait(nobody, rig.call()), missing);
      const kill = { ...nobody, name: "SIGKILL" };
      await ensureFault(() => machine.exec.signal(kill, rig.call()), missing);
      await ensureFault(() => Array.fromAsync(machine.exec.output(nobody, rig.call())), missing);
    },
  },
  {
    id: "EX-13",
    law: "Variables of the machine and of the request, folder and user are what was asked for",
    requires: exec,
    commands: ["variable", "cwd", "user"],
    async run(rig) {
      const env = { CASE_A: "of the machine", CASE_B: "of the machine" };
      const machine = await openMachine(rig, { spec: { env } });
      const more = { env: { CASE_B: "of the request", CASE_C: "" } };
      const variable = (name: string) => machine.ask(command(rig, "variable")(name), more);
      ensureEqual(await variable("CASE_A"), "of the machine", "CASE_A");
      ensureEqual(await variable("CASE_B"), "of the request", "CASE_B");
      ensureEqual(await variable("CASE_NONE"), "(none)", "a variable that nobody set");
      const folder = machine.path("").replace(/\/$/, "");
      ensureEqual(await machine.ask(command(rig, "cwd")(), { cwd: folder }), folder, "folder");
      const name = await machine.ask(command(rig, "user")());
      ensureEqual(await machine.ask(command(rig, "user")(), { user: name }), name, "user");
      const { otherUser } = rig.subject.machine ?? {};
      if (otherUser === undefined) return;
      const other = await machine.ask(command(rig, "user")(), { user: otherUser });
      ensureEqual(other, otherUser, "the other user");
    },
  },
  {
    id: "EX-14",
    law: "A process whose time is over is killed and says so; others do not notice",
    requires: exec,
    commands: ["idle", "tick"],
    async run(rig) {
      const machine = await openMachine(rig);
      const other = await machine.start(command(rig, "tick")(5));
      const { exit } = await machine.run(command(rig, "idle")(), { timeoutMs: 30 });
      ensureEqual([exit.signal, exit.isTimedOut], ["SIGKILL", true], "signal and reason");
      await machine.until(other, "3");
      const killed = await machine.kill(other);
      ensure(killed.isTimedOut !== true, "one that had no bound says that its time was over");
    },
  },
  {
    id: "EX-15",
    law: "The same key starts once; the same key with another request is refused",
    requires: exec,
    commands: ["idle"],
    async run(rig) {
      const machine = await openMachine(rig);
      const request = { argv: command(rig, "idle")() };
      const key = `once-${rig.position}-${machine.instance.handle.id}`;
      const start = () => machine.exec.start(request, rig.call({ key }));
      const [first, second] = await Promise.all([start(), start()]);
      ensureEqual([second.id, (await start()).id], [first.id, first.id], "ids");
      ensureEqual((await machine.exec.list(rig.call())).length, 1, "processes");
      const other = { ...request, tag: "another" };
      await ensureFault(() => machine.exec.start(other, rig.call({ key })), {
        code: "idempotency.mismatch",
        effect: "none",
      });
    },
  },
  {
    id: "EX-16",
    law: "Each bound of a machine that is declared holds and is named; a neighbour does not notice, and any other bound is refused",
    requires: exec,
    commands: ["say"],
    run: capsHold,
  },
  {
    id: "EX-17",
    law: "What cannot be started is refused without effect",
    requires: exec,
    commands: ["idle"],
    async run(rig) {
      const machine = await openMachine(rig);
      const argv = command(rig, "idle")();
      const odd = [
        { argv: [] },
        { argv: [""] },
        { argv: ["/no/such/program/4f1c"] },
        { argv: [...argv, "a\0b"] },
        { argv, env: { "A=B": "c" } },
        { argv, env: { A: "\0" } },
        { argv, cwd: "/tmp/../tmp" },
        { argv, user: "nobody-4f1c" },
        { argv, user: "a:b" },
        { argv, timeoutMs: 0 },
        { argv, tag: "t".repeat(300) },
      ];
      for (const request of odd) {
        await ensureFault(() => machine.exec.start(request, rig.call()), {
          code: "argument.invalid",
          effect: "none",
        });
      }
      ensureEqual(await machine.exec.list(rig.call()), [], "processes");
    },
  },
  {
    id: "EX-18",
    law: "After a crash of the host its machines run on and their processes are found and read on; a handle of another machine or host is foreign",
    requires: exec,
    commands: ["tick"],
    controls: ["crash"],
    async run(rig) {
      const first = await rig.open();
      const machine = await openMachine(rig, { environment: first.environment });
      const process = await machine.start(command(rig, "tick")(2));
      await machine.until(process, "3");
      const { handle } = machine.instance;
      const after = await rig.open({ owner: first.host.port.owner });
      const listed = (await rig.list(after.environment)).map(({ id }) => id);
      const found = await after.environment.recover({ handle, spec: rig.spec("echo") }, rig.call());
      ensureEqual(listed.includes(handle.id), found.found === "alive", "it is listed");
      if (found.found !== "alive") return ensureEqual(found.found, "absent", "what was found");
      const again = new MachineRig(rig, found.instance);
      ensureEqual(found.instance.phase, "running", "phase");
      await strangersAreForeign(rig, after.environment, handle);
      const ids = (await again.exec.list(rig.call())).map(({ id }) => id);
      ensureEqual(ids, [process.id], "processes");
      await again.until(process, "20");
      await rig.retire(found.instance);
    },
  },
  {
    id: "EX-19",
    law: "The status of a machine that runs says what it uses now",
    requires: exec,
    commands: ["takeMemory"],
    async run(rig) {
      const machine = await openMachine(rig);
      const use = async () => {
        const { resources } = await machine.instance.status(rig.call());
        ensure(resources !== undefined, "it says nothing of what it uses");
        return resources;
      };
      const before = await use();
      const held = 32 * 1024 * 1024;
      const process = await machine.start(command(rig, "takeMemory")(held));
      await machine.until(process, "taken");
      const after = await use();
      const more = after.memoryBytes - before.memoryBytes;
      ensure(more >= held / 2, `it uses ${more} bytes more after ${held} were taken`);
      ensure(after.at >= before.at && after.cpuMs >= before.cpuMs, "time went back");
      await machine.kill(process);
      ensure((await use()).memoryBytes < after.memoryBytes, "it uses as much as before the end");
    },
  },
];

/** Neither another incarnation nor another host's machine is taken for this one. */
async function strangersAreForeign(
  rig: CaseRig,
  environment: Environment,
  handle: InstanceHandle,
): Promise<void> {
  const spec = rig.spec("echo");
  const reborn = { ...handle, incarnation: `${handle.incarnation}0` };
  const other = await environment.recover({ handle: reborn, spec }, rig.call());
  ensure(["foreign", "absent"].includes(other.found), `a stranger was found ${other.found}`);
  const moved = { ...handle, owner: "another-host" };
  const { found } = await environment.recover({ handle: moved, spec }, rig.call());
  ensureEqual(found, "foreign", "the machine of another host");
}
