import type { CaseRig } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "./expectations.ts";
import { isFuelMetered } from "./fuel-points.ts";
import {
  all,
  capturedEffects,
  crossCalls,
  determinism,
  facet,
  interruption,
  meter,
} from "./requirements.ts";
import { StateFixture } from "./state-fixture.ts";
import { depthIsExact, wallTimeHolds } from "./wall-and-depth.ts";
import { observeAll } from "./watching.ts";

const invoke = facet("invoke");
const captured = all(invoke, capturedEffects);

/** IV-13 to IV-24: state, limits, cross-calls and where time and chance come from. */
export const invokeLimitCases: readonly ConformanceCase[] = [
  {
    id: "IV-13",
    law: "A run that had to load its state gives the receipt of one that found it there",
    requires: captured,
    programs: ["read"],
    async run(rig) {
      const [warm, cold] = [new StateFixture({ k: "v" }), new StateFixture({ k: "v" }).empty()];
      const first = await rig.runFresh("read", { payload: "k", reads: warm });
      const second = await rig.runFresh("read", { payload: "k", reads: cold });
      ensureEqual(rig.said("read", first), "v", "what the guest read");
      ensureEqual(second.receipt, first.receipt, "receipt");
      ensureEqual(cold.loaded, ["k"], "keys loaded");
    },
  },
  {
    id: "IV-14",
    law: "A run reads committed state, never what a neighbour has only returned",
    requires: captured,
    programs: ["read", "write"],
    async run(rig) {
      const reads = new StateFixture({ a: "old" });
      const writer = await rig.runFresh("write", { reads });
      ensure(writer.writes.length > 0, "the writer wrote nothing");
      const seen = rig.said("read", await rig.runFresh("read", { payload: "a", reads }));
      ensureEqual(seen, "old", "what the neighbour read");
    },
  },
  {
    id: "IV-15",
    law: "The output limit is exact, and covers events and output",
    requires: all(invoke, meter("outputBytes")),
    async run(rig) {
      const whole = await rig.runFresh("echo", { payload: "0123456789" });
      const used = whole.usage.outputBytes;
      ensureEqual(used, bytesOf(whole), "output bytes counted");
      const exact = { payload: "0123456789", budget: rig.budget({ outputBytes: used }) };
      ensureEqual(
        (await rig.runFresh("echo", exact)).outcome,
        whole.outcome,
        "outcome at the limit",
      );
      const less = { payload: "0123456789", budget: rig.budget({ outputBytes: used - 1 }) };
      const cut = await rig.runFresh("echo", less);
      ensureEqual(cut.outcome, { kind: "exhausted", meter: "outputBytes" }, "outcome below it");
      ensure(bytesOf(cut) < used, "more came out than the limit lets through");
      const { outputBytesMax = 0 } = rig.manifest.declares.invoke ?? {};
      const greedy = await rig.runFresh("flood", { budget: rig.budget({ outputBytes: 2 ** 50 }) });
      ensureEqual(bytesOf(greedy), greedy.usage.outputBytes, "output bytes of a flood");
      ensureEqual(greedy.granted.outputBytes, outputBytesMax, "output bytes granted");
      ensureEqual(
        greedy.outcome,
        { kind: "exhausted", meter: "outputBytes" },
        "outcome of a flood",
      );
    },
  },
  {
    id: "IV-16",
    law: "The input limit is exact",
    requires: invoke,
    async run(rig) {
      const { inputBytesMax = 0 } = rig.manifest.declares.invoke ?? {};
      const instance = await rig.instance("echo");
      const input = largestInput(rig, inputBytesMax);
      const executed = await rig.run(instance, "echo", { input });
      ensure(executed.outcome.kind !== "refused", "an input of exactly the limit was refused");
      const over = new Uint8Array(inputBytesMax + 1);
      const { fault } = await ensureFault(() => rig.run(instance, "echo", { input: over }), {
        code: "argument.invalid",
        effect: "none",
        blame: "caller",
      });
      ensureEqual(fault.detail["path"], "/input", "the pointer");
    },
  },
  {
    id: "IV-17",
    law: "The depth limit is exact: the same call tree passes at its depth and ends one below",
    requires: all(invoke, meter("depth")),
    programs: ["recurse"],
    run: depthIsExact,
  },
  {
    id: "IV-18",
    law: "A cross-call that did not return leaves no writes, and the caller learns how it ended",
    requires: all(invoke, crossCalls),
    programs: ["call"],
    async run(rig) {
      const kinds = ["returned", "reverted"] as const;
      for (const kind of kinds) {
        const call = async () => ({ kind, output: new Uint8Array() });
        const executed = await rig.runFresh("call", { payload: "other", call });
        ensureEqual(rig.said("call", executed), kind, "what the caller learned");
        ensureEqual(executed.writes, [], "writes of the caller");
      }
    },
  },
  {
    id: "IV-19",
    law: "A static cross-call says so, and reaches the host with target, entry, input and budget",
    requires: all(invoke, crossCalls),
    programs: ["call", "callStatic"],
    async run(rig) {
      for (const [name, isStatic] of [
        ["call", false],
        ["callStatic", true],
      ] as const) {
        const asked: object[] = [];
        const call = async (request: object) => {
          asked.push(request);
          return { kind: "returned", output: new Uint8Array() } as const;
        };
        await rig.runFresh(name, { payload: "other", call });
        const { budget, ...rest } = (asked[0] ?? {}) as Readonly<Record<string, unknown>>;
        const input = new Uint8Array(Buffer.from("ping"));
        const expected = { target: "other", entry: "main", input, isStatic };
        ensureEqual(rest, expected, `request of ${name}`);
        ensureEqual(asked.length, 1, "requests");
        if (!isFuelMetered(rig)) continue;
        const { fuel = Number.POSITIVE_INFINITY } = budget as { fuel?: number };
        ensure(fuel < (rig.budget().fuel ?? 0), "the callee got fuel that was spent already");
      }
    },
  },
  {
    id: "IV-20",
    law: "Watchers on, off or throwing change no receipt",
    requires: all(invoke, determinism),
    async run(rig) {
      const program = rig.subject.programs.events === undefined ? "echo" : "events";
      const alone = await rig.runFresh(program, { payload: "x" });
      const listened = await rig.runFresh(program, { payload: "x", onEvent: () => {} });
      const onEvent = () => {
        throw new Error("a watcher's own error");
      };
      const thrown = await rig.runFresh(program, { payload: "x", onEvent });
      ensureEqual(listened.receipt, alone.receipt, "receipt with a listener");
      ensureEqual(thrown.receipt, alone.receipt, "receipt with a throwing listener");
      if (!rig.declares("observe")) return;
      const { executed } = await observeAll(rig, program, { payload: "x" });
      ensureEqual(executed.receipt, alone.receipt, "receipt with an observer");
      ensureEqual(executed.usage.fuel, alone.usage.fuel, "fuel with an observer");
    },
  },
  {
    id: "IV-21",
    law: "Wall time ends a run by the environment's own hand, without a partial write",
    requires: all(invoke, interruption, meter("wallMs")),
    run: wallTimeHolds,
  },
  {
    id: "IV-22",
    law: "Events come in the order in which they happened, each once, and the listener hears the same",
    requires: invoke,
    programs: ["events"],
    async run(rig) {
      const heard: string[] = [];
      const onEvent = ({ topic, data }: { topic: string; data: Uint8Array }) => {
        heard.push(`${topic}:${Buffer.from(data)}`);
      };
      const { events } = await rig.runFresh("events", { onEvent });
      const told = events.map(({ topic, data }) => `${topic}:${Buffer.from(data)}`);
      const text = events.map(({ data }) => Buffer.from(data).toString("utf8")).join("");
      ensureEqual(text.replaceAll("\n", ""), "abc", "data of the events");
      ensureEqual(heard, told, "what the listener heard");
    },
  },
  {
    id: "IV-23",
    law: "Writes are sorted bytewise, unique, and hold the last value",
    requires: captured,
    programs: ["write"],
    async run(rig) {
      const { writes } = await rig.runFresh("write");
      const seen = writes.map(({ key, value }) => [
        Buffer.from(key).toString("utf8"),
        value === null ? null : Buffer.from(value).toString("utf8"),
      ]);
      ensureEqual(
        seen,
        [
          ["a", "2"],
          ["b", "3"],
          ["c", null],
        ],
        "writes",
      );
    },
  },
  {
    id: "IV-24",
    law: "`now` and `seed` are all the time and chance that a guest sees",
    requires: all(invoke, determinism),
    programs: ["clock", "random"],
    async run(rig) {
      const day = 86_400_000;
      const says = async (name: "clock" | "random", options: object) =>
        rig.said(name, await rig.runFresh(name, options));
      const seed = new Uint8Array(32).fill(7);
      ensureEqual(await says("clock", { seed }), await says("clock", {}), "clock, another seed");
      const later = await says("clock", { now: 1_600_000_000_000 + day });
      ensure(later !== (await says("clock", { now: 1_600_000_000_000 })), "the clock ignores now");
      ensureEqual(
        await says("random", { now: 5 }),
        await says("random", {}),
        "chance, another now",
      );
      ensure(
        (await says("random", { seed })) !== (await says("random", {})),
        "chance ignores seed",
      );
    },
  },
];

function bytesOf(executed: {
  readonly events: readonly { readonly data: Uint8Array }[];
  readonly outcome: object;
}): number {
  const { output } = executed.outcome as { readonly output?: Uint8Array };
  return executed.events.reduce((sum, { data }) => sum + data.length, output?.length ?? 0);
}

/** An input of exactly `size` bytes that the program can read. */
function largestInput(rig: CaseRig, size: number): Uint8Array {
  let length = size;
  for (let tries = 0; tries < 8; tries++) {
    const { input } = rig.invocation("echo", { payload: new Uint8Array(length).fill(120) });
    if (input.length === size) return input;
    length -= input.length - size;
    ensure(length >= 0, "no payload fits the declared input limit");
  }
  return rig.invocation("echo", { payload: new Uint8Array(length).fill(120) }).input;
}
