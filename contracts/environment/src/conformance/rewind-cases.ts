import type { RewindDriver } from "../facets/rewind.ts";
import type { Instance } from "../gate/instance.ts";
import type { CaseRig } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show } from "./expectations.ts";
import { all, facet, session } from "./requirements.ts";

const rewind = all(facet("rewind"), facet("invoke"), session);

/** RW: one rollback law, whatever remembers the state. */
export const rewindCases: readonly ConformanceCase[] = [
  {
    id: "RW-01",
    law: "After a rewind the digest is what it was at the mark",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state, instance } = await counter(rig);
      await count(2);
      const before = await state.digest(rig.call());
      const mark = await state.mark(rig.call());
      ensureEqual(await state.digest(rig.call()), before, "digest right after the mark");
      await count(3);
      ensure((await state.digest(rig.call())) !== before, "the digest does not see new state");
      await state.rewind(mark, rig.call());
      ensureEqual(await state.digest(rig.call()), before, "digest after the rewind");
      ensureEqual(instance.phase, "running", "phase");
    },
  },
  {
    id: "RW-02",
    law: "Marks nest to the declared depth; one more is refused without effect",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state } = await counter(rig);
      const { nesting = 0 } = rig.manifest.declares.rewind ?? {};
      const marks = [];
      for (let depth = 1; depth <= nesting; depth++) {
        await count(1);
        const mark = await state.mark(rig.call());
        ensureEqual(mark.depth, depth, "depth of the mark");
        marks.push(mark);
      }
      const before = await state.digest(rig.call());
      await ensureFault(() => state.mark(rig.call()), { code: "quota.exceeded", effect: "none" });
      ensureEqual(await state.digest(rig.call()), before, "digest after the refusal");
      for (let depth = nesting; depth >= 1; depth--) {
        await state.rewind(marks[depth - 1] as never, rig.call());
        ensureEqual(await count(1), depth + 1, `count after rewinding to depth ${depth}`);
      }
    },
  },
  {
    id: "RW-03",
    law: "Rewinding an outer mark discards the inner ones and all that happened since",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state } = await counter(rig);
      await count(1);
      const outer = await state.mark(rig.call());
      await count(1);
      const inner = await state.mark(rig.call());
      await count(1);
      await state.rewind(outer, rig.call());
      ensureEqual(await count(1), 2, "count after the outer rewind");
      await ensureFault(() => state.rewind(inner, rig.call()), { code: "resource.missing" });
    },
  },
  {
    id: "RW-04",
    law: "Settling keeps the present state, and an outer mark still undoes it",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state } = await counter(rig);
      await count(1);
      const outer = await state.mark(rig.call());
      const inner = await state.mark(rig.call());
      await count(2);
      const before = await state.digest(rig.call());
      await state.settle(inner, rig.call());
      ensureEqual(await state.digest(rig.call()), before, "digest after settling");
      ensureEqual(await count(1), 4, "count after settling");
      await state.rewind(outer, rig.call());
      ensureEqual(await count(1), 2, "count after the outer rewind");
    },
  },
  {
    id: "RW-05",
    law: "A mark that was rewound or settled is dead: using it is refused without effect",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state } = await counter(rig);
      const [first, second] = [await state.mark(rig.call()), await state.mark(rig.call())];
      await count(1);
      await state.settle(second, rig.call());
      await state.rewind(first, rig.call());
      const before = await state.digest(rig.call());
      for (const dead of [first, second]) {
        const expected = { code: "resource.missing", effect: "none" } as const;
        await ensureFault(() => state.rewind(dead, rig.call()), expected);
        await ensureFault(() => state.settle(dead, rig.call()), expected);
      }
      ensureEqual(await state.digest(rig.call()), before, "digest after the refusals");
    },
  },
  {
    id: "RW-06",
    law: "What `covers` names comes back: a finite execution covers its memory and nothing it has not",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state } = await counter(rig);
      const covers = rig.manifest.declares.rewind?.covers ?? [];
      ensureEqual(covers, ["memory"], "what is covered, as far as these cases can probe it");
      await count(4);
      const mark = await state.mark(rig.call());
      await count(4);
      await state.rewind(mark, rig.call());
      ensureEqual(await count(1), 5, "the number in the guest's memory");
    },
  },
  {
    id: "RW-08",
    law: "A rewound instance goes on exactly like a twin that was never marked",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const [marked, twin] = [await counter(rig), await counter(rig)];
      await marked.count(2);
      await twin.count(2);
      const mark = await marked.state.mark(rig.call());
      await marked.count(3);
      await marked.state.rewind(mark, rig.call());
      for (let i = 0; i < 3; i++) {
        const [mine, theirs] = [await marked.run(), await twin.run()];
        ensureEqual(show(mine), show(theirs), `run ${i + 1} after the rewind`);
      }
      const digests = [marked, twin].map(({ state }) => state.digest(rig.call()));
      const [a, b] = await Promise.all(digests);
      ensureEqual(a, b, "digests of the twins");
    },
  },
  {
    id: "RW-09",
    law: "A host that crashes between mark and rewind finds the state of the mark or of now",
    requires: rewind,
    programs: ["count"],
    controls: ["crash"],
    async run(rig) {
      const first = await rig.open();
      const { environment, host } = first;
      const instance = await rig.instance("count", { environment, session: true });
      await rig.run(instance, "count");
      await instance.facet("rewind").mark(rig.call());
      await rig.run(instance, "count");
      const second = await rig.open({ owner: host.port.owner });
      const record = { handle: instance.handle, spec: rig.spec("count", { session: true }) };
      const found = await second.environment.recover(record, rig.call());
      if (found.found !== "alive") return ensureEqual(found.found, "absent", "what was found");
      const said = rig.said("count", await rig.run(found.instance, "count"));
      ensure(["2", "3"].includes(said), `the count goes on at ${said}`);
    },
  },
  {
    id: "RW-11",
    law: "A mark or a rewind during a run is refused or waits; it never tears the run",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const { count, state, instance } = await counter(rig);
      await count(1);
      const mark = await state.mark(rig.call());
      const running = rig.run(instance, "count");
      const marking = state.rewind(mark, rig.call()).then(
        () => "done",
        (error: { code?: string }) => error.code,
      );
      const [executed, answer] = await Promise.all([running, marking]);
      ensure(answer === "done" || answer === "resource.busy", `the rewind answered ${answer}`);
      ensureEqual(rig.said("count", executed), "2", "what the run counted");
    },
  },
  {
    id: "RW-12",
    law: "The digest depends on the state alone, not on the history of marks",
    requires: rewind,
    programs: ["count"],
    async run(rig) {
      const [plain, marked] = [await counter(rig), await counter(rig)];
      await plain.count(3);
      await marked.count(1);
      await marked.state.settle(await marked.state.mark(rig.call()), rig.call());
      await marked.count(2);
      const undone = await marked.state.mark(rig.call());
      await marked.count(1);
      await marked.state.rewind(undone, rig.call());
      await marked.state.mark(rig.call());
      const digests = [plain, marked].map(({ state }) => state.digest(rig.call()));
      const [a, b] = await Promise.all(digests);
      ensureEqual(b, a, "digest of the same state");
    },
  },
];

interface Counter {
  readonly instance: Instance;
  readonly state: RewindDriver;
  /** Runs the counter that often; answers what it said last. */
  count(times: number): Promise<number>;
  /** Runs it once; answers all that the run gave but how long it took. */
  run(): Promise<object>;
}

async function counter(rig: CaseRig): Promise<Counter> {
  const instance = await rig.instance("count", { session: true });
  return {
    instance,
    state: instance.facet("rewind"),
    async count(times) {
      let said = "";
      for (let i = 0; i < times; i++) said = rig.said("count", await rig.run(instance, "count"));
      return Number(said);
    },
    async run() {
      const { outcome, writes, events, receipt, usage } = await rig.run(instance, "count");
      return { outcome, writes, events, receipt, fuel: usage.fuel };
    },
  };
}
