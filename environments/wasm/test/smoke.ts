import { encodeProgramInput } from "@bedplate/environment";
import { programs } from "../src/conformance/assembled.ts";
import { call, example, MapState, openRig, run, textOf } from "./rig.ts";

const rig = await openRig();
console.log(await rig.admit(example("add.wasm")), await rig.admit(example("hello.wasm")));
console.log(
  textOf(
    await rig.run(example("add.wasm"), {
      entry: "add",
      input: encodeProgramInput({ args: ["2", "0x28"] }),
    }),
  ),
);
console.log(
  textOf(
    await rig.run(example("add.wasm"), {
      entry: "gcd",
      input: encodeProgramInput({ args: ["1071", "462"] }),
    }),
  ),
);
const h = await rig.run(example("hello.wasm"));
console.log(
  h.outcome,
  h.events.map((e) => e.topic + ":" + Buffer.from(e.data)),
  h.usage,
);
const w = await rig.run(example("wasi/wordcount.wasm"), {
  input: encodeProgramInput({ stdin: Buffer.from("a b\nc d e\n") }),
});
console.log(
  w.outcome,
  w.events.map((e) => e.topic + ":" + Buffer.from(e.data)),
  w.usage,
);
const c = await rig.instance(programs);
for (const entry of [
  "echo",
  "fail",
  "trap",
  "spin",
  "stubborn",
  "flood",
  "hoard",
  "recurse",
  "count",
  "count",
  "clock",
  "random",
  "read",
  "write",
  "events",
]) {
  const input = Buffer.from(entry === "recurse" ? "20" : "abc");
  const t = performance.now();
  const x = await run(c, { entry, input, reads: new MapState({ abc: "value" }, true) });
  console.log(
    entry,
    JSON.stringify(x.outcome.kind),
    x.outcome.kind == "returned" || x.outcome.kind == "reverted"
      ? textOf(x)
      : JSON.stringify(x.outcome),
    "fuel",
    x.usage.fuel,
    "events",
    x.events.length,
    "writes",
    x.writes.map((w) => w.key + "=" + w.value),
    (performance.now() - t).toFixed(2) + "ms",
  );
}
const x = await run(c, {
  entry: "call",
  input: Buffer.from("other"),
  call: async (r) => {
    console.log(r);
    return { kind: "reverted", output: new Uint8Array(), fuelUsed: 5 };
  },
});
console.log(textOf(x), x.usage.fuel);
const k = await rig.instance(example("contracts/counter.wasm"));
const y = await run(k, {
  entry: "add",
  input: new Uint8Array([5, 0, 0, 0, 0, 0, 0, 0]),
  reads: new MapState({ count: "\x03\0\0\0\0\0\0\0" }, true),
});
console.log(y);
const s = await rig.instance(programs, { session: true });
for (let i = 0; i < 3; i++) console.log(textOf(await run(s, { entry: "count" })));
const m = await s.facets.rewind.mark(call());
console.log(m, await s.facets.rewind.digest(call()));
console.log(textOf(await run(s, { entry: "count" })));
console.log(await s.facets.rewind.digest(call()));
await s.facets.rewind.rewind(m, call());
console.log(await s.facets.rewind.digest(call()));
console.log(textOf(await run(s, { entry: "hoard" })), await s.facets.rewind.digest(call()));
console.log(textOf(await run(s, { entry: "count" })));
