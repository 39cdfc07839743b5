import { capNames } from "../../caps.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "../expectations.ts";
import { roomy } from "../phase-walk.ts";
import { all, facet } from "../requirements.ts";
import { command, openMachine } from "./machine-rig.ts";
import { clockWhilePaused, nothingGoesOn } from "./standstill.ts";

const pause = all(facet("pause"), facet("exec"));
const resize = all(facet("resize"), facet("exec"));

/** PA and RS: standing still, and other bounds. */
export const lifeCases: readonly ConformanceCase[] = [
  {
    id: "PA-01",
    law: "Nothing in a paused machine goes on, and all of it does afterwards",
    requires: pause,
    commands: ["tick"],
    run: (rig) => nothingGoesOn(rig),
  },
  {
    id: "PA-02",
    law: "The guest's clock stands still while it is paused exactly where that is declared, and its wall clock is right",
    requires: pause,
    commands: ["monotonic", "wallClock"],
    run: clockWhilePaused,
  },
  {
    id: "PA-03",
    law: "A machine can be paused and resumed a hundred times, and loses nothing",
    requires: pause,
    commands: ["tick", "say"],
    async run(rig) {
      const machine = await openMachine(rig);
      const process = await machine.start(command(rig, "tick")(1));
      const facetOf = machine.instance.facet("pause");
      for (let i = 0; i < 100; i++) {
        await facetOf.pause(rig.call());
        await facetOf.resume(rig.call());
      }
      let hasGoneOn = false;
      for await (const _ of machine.exec.output({ process: process.id }, rig.call())) {
        hasGoneOn = true;
        break;
      }
      ensure(hasGoneOn, "after all pauses the process says nothing more");
      await machine.until(process, "30");
      const seen: string[] = [];
      for await (const line of machine.lines(process)) if (seen.push(line) === 30) break;
      const expected = Array.from({ length: 30 }, (_, i) => String(i + 1));
      ensureEqual(seen, expected, "lines over all pauses");
      ensureEqual(await machine.ask(command(rig, "say")("here")), "here", "a new process");
    },
  },
  {
    id: "PA-04",
    law: "A paused machine can be stopped",
    requires: pause,
    commands: ["idle"],
    async run(rig) {
      const machine = await openMachine(rig);
      await machine.start(command(rig, "idle")());
      await machine.instance.facet("pause").pause(rig.call());
      const exit = await machine.instance.stop({ graceMs: 0 }, rig.call());
      ensure((exit.code === null) !== (exit.signal === null), "not exactly one of code and signal");
      ensureEqual((await machine.instance.status(rig.call())).phase, "stopped", "phase");
      await machine.instance.release(rig.call());
    },
  },
  {
    id: "PA-05",
    law: "Pausing twice pauses once, and resuming twice resumes once",
    requires: pause,
    commands: ["tick"],
    async run(rig) {
      const machine = await openMachine(rig);
      const facetOf = machine.instance.facet("pause");
      await facetOf.resume(rig.call());
      ensureEqual(machine.instance.phase, "running", "phase of what was never paused");
      await facetOf.pause(rig.call());
      const { sinceAt } = await machine.instance.status(rig.call());
      await facetOf.pause(rig.call());
      const status = await machine.instance.status(rig.call());
      ensureEqual([status.phase, status.sinceAt], ["paused", sinceAt], "after the second pause");
      await nothingGoesOn(rig, 2);
    },
  },
  {
    id: "FI-08",
    law: "Files are there after a pause as they were before it",
    requires: all(facet("files"), facet("pause")),
    async run(rig) {
      const machine = await openMachine(rig);
      const path = machine.path("kept");
      await machine.write(path, "kept over the pause");
      const before = await machine.files.stat({ path }, rig.call());
      await machine.instance.facet("pause").pause(rig.call());
      await ensureFault(() => machine.read(path), { code: "phase.illegal", effect: "none" });
      await machine.instance.facet("pause").resume(rig.call());
      ensureEqual(await machine.files.stat({ path }, rig.call()), before, "entry");
      ensureEqual(await machine.read(path), "kept over the pause", "contents");
    },
  },
  {
    id: "RS-01",
    law: "A changed bound is what holds inside, and the answer says all that hold",
    requires: resize,
    commands: ["cap"],
    async run(rig) {
      const { live = [] } = rig.manifest.declares.resize ?? {};
      const first = live[0] ?? "memoryBytes";
      const machine = await openMachine(rig, { spec: { caps: { [first]: roomy[first] } } });
      for (const name of live) {
        for (const bound of [2 * roomy[name], roomy[name]]) {
          const holds = await machine.instance
            .facet("resize")
            .resize({ [name]: bound }, rig.call());
          ensureEqual(holds[name], bound, `${name} by the answer`);
          ensure(holds[first] !== undefined, `the answer leaves ${first} out`);
          const inside = await machine.ask(command(rig, "cap")(name));
          ensureEqual(Number(inside), bound, `${name} inside`);
        }
      }
    },
  },
  {
    id: "RS-02",
    law: "A bound below what is in use is refused, and the old one holds",
    requires: resize,
    commands: ["takeMemory", "cap"],
    async run(rig) {
      if (rig.manifest.declares.resize?.live.includes("memoryBytes") !== true) return;
      const machine = await openMachine(rig, {
        spec: { caps: { memoryBytes: roomy.memoryBytes } },
      });
      const held = 48 * 1024 * 1024;
      const process = await machine.start([...command(rig, "takeMemory")(held)]);
      await machine.until(process, "taken");
      const facetOf = machine.instance.facet("resize");
      await ensureFault(() => facetOf.resize({ memoryBytes: held / 4 }, rig.call()), {
        code: "resource.busy",
        effect: "none",
      });
      const inside = await machine.ask(command(rig, "cap")("memoryBytes"));
      ensureEqual(Number(inside), roomy.memoryBytes, "the bound inside");
      const listed = (await machine.exec.list(rig.call())).find(({ id }) => id === process.id);
      ensureEqual(listed?.exit, undefined, "the process that holds the memory");
    },
  },
  {
    id: "RS-03",
    law: "A bound that is not declared, no bound at all, and what is no amount are refused, all of the request",
    requires: resize,
    commands: ["cap"],
    async run(rig) {
      const { live = [] } = rig.manifest.declares.resize ?? {};
      const [first = "memoryBytes"] = live;
      const machine = await openMachine(rig, { spec: { caps: { [first]: roomy[first] } } });
      const facetOf = machine.instance.facet("resize");
      for (const name of capNames.filter((each) => !live.includes(each))) {
        const both = { [first]: 2 * roomy[first], [name]: 1 };
        await ensureFault(() => facetOf.resize(both, rig.call()), {
          code: "capability.undeclared",
          effect: "none",
        });
      }
      for (const odd of [{}, { [first]: -1 }, { [first]: 1.5 }, { fuel: 1 }]) {
        await ensureFault(() => facetOf.resize(odd, rig.call()), {
          code: "argument.invalid",
          effect: "none",
        });
      }
      const inside = await machine.ask(command(rig, "cap")(first));
      ensureEqual(Number(inside), roomy[first], "the bound inside");
    },
  },
  {
    id: "RS-04",
    law: "A changed bound survives a pause",
    requires: all(resize, facet("pause")),
    commands: ["cap"],
    async run(rig) {
      const [first = "memoryBytes"] = rig.manifest.declares.resize?.live ?? [];
      const machine = await openMachine(rig);
      const bound = 2 * roomy[first];
      await machine.instance.facet("resize").resize({ [first]: bound }, rig.call());
      await machine.instance.facet("pause").pause(rig.call());
      await machine.instance.facet("pause").resume(rig.call());
      const inside = await machine.ask(command(rig, "cap")(first));
      ensureEqual(Number(inside), bound, "the bound inside");
    },
  },
];
