import type { ConformanceCase } from "../conformance-case.ts";
import { awaitedLater, ensure, ensureEqual, ensureFault, thrownBy } from "../expectations.ts";
import { facet } from "../requirements.ts";
import { pourTo } from "./exec-flow.ts";
import { terminals } from "./machine-requirements.ts";
import { command, openMachine } from "./machine-rig.ts";

const exec = facet("exec");

/** EX-01 to EX-10: a process, its streams, its signals and its callers. */
export const execCases: readonly ConformanceCase[] = [
  {
    id: "EX-01",
    law: "stdout and stderr come apart, every byte as it was written",
    requires: exec,
    commands: ["say", "complain", "everyByte"],
    async run(rig) {
      const machine = await openMachine(rig);
      const said = await machine.run(command(rig, "say")("out, and nothing else"));
      ensureEqual([said.stdout, said.stderr], ["out, and nothing else", ""], "what it said");
      const complained = await machine.run(command(rig, "complain")("err"));
      ensureEqual([complained.stdout, complained.stderr], ["", "err"], "what it complained");
      const { id } = await machine.start(command(rig, "everyByte")());
      const parts: Uint8Array[] = [];
      let at = 0;
      const request = { process: id, from: 0 };
      for await (const item of machine.exec.output(request, rig.call())) {
        ensureEqual([item.stream, item.at], ["stdout", at], "stream and position");
        at += item.data.length;
        parts.push(item.data);
      }
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      ensureEqual(new Uint8Array(Buffer.concat(parts)), all, "bytes");
    },
  },
  {
    id: "EX-02",
    law: "A process that ends by itself tells its exit code",
    requires: exec,
    commands: ["exit"],
    async run(rig) {
      const machine = await openMachine(rig);
      for (const code of [0, 1, 7, 255]) {
        const { exit } = await machine.run(command(rig, "exit")(code));
        ensureEqual([exit.code, exit.signal], [code, null], "code and signal");
        ensure(!exit.isOutOfMemory && exit.isTimedOut !== true, "it was killed for a bound");
      }
    },
  },
  {
    id: "EX-03",
    law: "Input arrives whole and ends when it is closed; a process without input reads its end at once",
    requires: exec,
    commands: ["copy"],
    async run(rig) {
      const machine = await openMachine(rig);
      const process = await machine.start(command(rig, "copy")(), { hasInput: true });
      const ref = { process: process.id };
      const finishing = awaitedLater(machine.finish(process));
      const parts = ["first ", "x".repeat(200_000), "\0 last"];
      for (const each of parts) {
        await machine.exec.write({ ...ref, data: Buffer.from(each) }, rig.call());
      }
      await machine.exec.closeInput(ref, rig.call());
      await machine.exec.closeInput(ref, rig.call());
      const { stdout, exit } = await finishing;
      ensureEqual(stdout, parts.join(""), "what came back");
      ensureEqual(exit.code, 0, "exit code");
      await ensureFault(
        () => machine.exec.write({ ...ref, data: Buffer.from("more") }, rig.call()),
        { code: "resource.closed", effect: "none" },
      );
      ensureEqual((await machine.run(command(rig, "copy")())).stdout, "", "without input");
    },
  },
  {
    id: "EX-04",
    law: "Output is there while the process runs",
    requires: exec,
    commands: ["tick"],
    async run(rig) {
      const machine = await openMachine(rig);
      const process = await machine.start(command(rig, "tick")(5));
      const seen: string[] = [];
      for await (const line of machine.lines(process)) {
        seen.push(line);
        if (seen.length === 3) break;
      }
      ensureEqual(seen, ["1", "2", "3"], "lines");
      const [listed] = await machine.exec.list(rig.call());
      ensureEqual([listed?.id, listed?.exit], [process.id, undefined], "the process while it runs");
      await machine.kill(process);
    },
  },
  {
    id: "EX-05",
    law: "A process waits for a slow reader: 10 MiB come whole, and not ahead of who reads them",
    requires: exec,
    commands: ["flood"],
    run: pourTo,
  },
  {
    id: "EX-06",
    law: "A process with a terminal knows its size, and learns of every change",
    requires: terminals,
    commands: ["terminal"],
    async run(rig) {
      const machine = await openMachine(rig);
      const tty = { columns: 91, rows: 17 };
      const process = await machine.start(command(rig, "terminal")(), { tty });
      await machine.until(process, "91 17");
      const size = { columns: 132, rows: 50 };
      await machine.exec.resize({ process: process.id, size }, rig.call());
      await machine.until(process, "132 50");
      const none = { columns: 0, rows: 5 };
      await ensureFault(
        () => machine.exec.resize({ process: process.id, size: none }, rig.call()),
        {
          code: "argument.invalid",
          effect: "none",
        },
      );
      await machine.kill(process);
    },
  },
  {
    id: "EX-07",
    law: "Declared signals arrive, `SIGKILL` is answered when the process is gone, and any other is refused",
    requires: exec,
    commands: ["polite", "idle"],
    async run(rig) {
      const machine = await openMachine(rig);
      const { signals = [] } = rig.manifest.declares.exec ?? {};
      for (const name of signals.filter((each) => each !== "SIGKILL")) {
        const process = await machine.start(command(rig, "polite")(name));
        await machine.until(process, "ready");
        await machine.exec.signal({ process: process.id, name }, rig.call());
        const { exit, stdout } = await machine.finish(process);
        ensureEqual([exit.code, exit.signal], [0, null], `exit after ${name}`);
        ensure(stdout.includes("bye"), `it did not notice ${name}`);
      }
      const process = await machine.start(command(rig, "idle")());
      const ref = { process: process.id };
      await ensureFault(() => machine.exec.signal({ ...ref, name: "SIGODD" }, rig.call()), {
        code: "capability.undeclared",
        effect: "none",
      });
      ensure(signals.includes("SIGKILL"), "SIGKILL is not declared");
      await machine.exec.signal({ ...ref, name: "SIGKILL" }, rig.call());
      const listed = (await machine.exec.list(rig.call())).find(({ id }) => id === process.id);
      ensureEqual(listed?.exit?.signal, "SIGKILL", "how it ended, at once after the answer");
      await machine.exec.signal({ ...ref, name: "SIGKILL" }, rig.call());
    },
  },
  {
    id: "EX-08",
    law: "As many processes as declared run at once; one more is refused, and one that ended makes room",
    requires: exec,
    commands: ["idle"],
    async run(rig) {
      const machine = await openMachine(rig);
      const limit = rig.manifest.declares.exec?.concurrentMax ?? 0;
      const idle = command(rig, "idle")();
      const started = [];
      for (let i = 0; i < limit; i++) started.push(await machine.start(idle));
      await ensureFault(() => machine.start(idle), { code: "quota.exceeded", effect: "none" });
      ensureEqual((await machine.exec.list(rig.call())).length, limit, "processes listed");
      await machine.kill(started[0] as never);
      await machine.start(idle);
    },
  },
  {
    id: "EX-09",
    law: "Nothing is started in a machine that does not run",
    requires: exec,
    commands: ["idle"],
    async run(rig) {
      const machine = await openMachine(rig, { isStarted: false });
      const illegal = { code: "phase.illegal", effect: "none" } as const;
      await ensureFault(() => machine.start(command(rig, "idle")()), illegal);
      await machine.instance.start(rig.call());
      const process = await machine.start(command(rig, "idle")());
      await machine.instance.stop({ graceMs: 0 }, rig.call());
      await ensureFault(() => machine.start(command(rig, "idle")()), illegal);
      await ensureFault(() => machine.exec.wait({ process: process.id }, rig.call()), illegal);
    },
  },
  {
    id: "EX-10",
    law: "A caller that leaves ends no process, and ending one ends no other",
    requires: exec,
    commands: ["tick"],
    async run(rig) {
      const machine = await openMachine(rig);
      const [left, other] = [
        await machine.start(command(rig, "tick")(5)),
        await machine.start(command(rig, "tick")(5)),
      ];
      const leaving = new AbortController();
      const call = rig.call({ signal: leaving.signal });
      const waiting = thrownBy(() => machine.exec.wait({ process: left.id }, call));
      const reading = thrownBy(async () => {
        for await (const _ of machine.exec.output({ process: left.id, from: 0 }, call)) {
          leaving.abort(new Error("the caller left"));
        }
      });
      ensure((await reading) !== undefined, "reading ended as though the process had");
      ensure((await waiting) !== undefined, "waiting ended as though the process had");
      await machine.until(left, "20");
      await machine.kill(left);
      await machine.until(other, "40");
      const live = (await machine.exec.list(rig.call())).filter(({ exit }) => exit === undefined);
      ensureEqual(
        live.map(({ id }) => id),
        [other.id],
        "processes that run",
      );
    },
  },
];
