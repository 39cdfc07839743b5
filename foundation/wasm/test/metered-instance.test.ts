import { expect, test } from "vitest";
import {
  checkpointFuel,
  compileMetered,
  type MeteredInstance,
  type RewriteOptions,
} from "../src/index.ts";
import { buildModule, type TestModule } from "./support/build-module.ts";

function open(
  module: TestModule,
  options: RewriteOptions = {},
  host: Record<string, unknown> = {},
): MeteredInstance {
  return compileMetered(buildModule(module), options).instantiate({ host });
}

const endless: TestModule = { functions: [{ name: "run", code: "loop; br 0; end" }] };
const recursion: TestModule = {
  functions: [
    {
      name: "run",
      params: "i32",
      results: "i32",
      code: "local.get 0; i32.eqz; if i32; i32.const 0; else; local.get 0; i32.const 1; i32.sub; call 0; i32.const 1; i32.add; end",
    },
  ],
};

test("an endless loop ends when the fuel is used, wherever the slices end", () => {
  const used = [undefined, 1n, 7n, 1000n].map((sliceFuel) => {
    const instance = open(endless);
    instance.allow({ fuel: 10_000n, sliceFuel });
    expect(instance.call("run")).toEqual({ kind: "out-of-fuel" });
    return instance.fuelUsed;
  });
  expect(new Set(used)).toEqual(new Set([10_001n]));
});

test("the host sees each slice with the fuel used, and can stop the guest there", () => {
  const instance = open(endless);
  const seen: bigint[] = [];
  instance.allow({ sliceFuel: 100n, onSlice: (used) => seen.push(used) < 3 });
  expect(instance.call("run")).toEqual({ kind: "stopped", reason: "stopped at a slice" });
  expect(seen).toEqual([101n, 202n, 303n]);
  expect(instance.fuelUsed).toBe(303n);
});

test("fuel after a trap in the middle of a loop is short by less than a checkpoint, wherever slices end", () => {
  const code = (last: string) =>
    `loop; local.get 0; i32.const 1; i32.sub; local.tee 0; br_if 0; end; ${last}`;
  const trapping = {
    name: "trap",
    params: "i32",
    code: code("i32.const 1; local.get 0; i32.div_u; drop"),
  };
  const returning = {
    name: "return",
    params: "i32",
    code: code("i32.const 1; local.get 0; i32.add; drop"),
  };
  const used = (name: string, sliceFuel: bigint | undefined) => {
    const instance = open({ functions: [trapping, returning] });
    instance.allow({ sliceFuel });
    expect(instance.call(name, 2_000_000).kind).toBe(name === "trap" ? "trapped" : "returned");
    return instance.fuelUsed;
  };
  const slices = [undefined, 7_777n, 999_999n, 3_000_000n];
  const whole = new Set(slices.map((slice) => used("return", slice)));
  const cut = new Set(slices.map((slice) => used("trap", slice)));
  expect([whole.size, cut.size]).toEqual([1, 1]);
  const [all = 0n] = whole;
  const [counted = 0n] = cut;
  expect(all).toBeGreaterThan(9n * checkpointFuel);
  expect(counted).toBeLessThanOrEqual(all + 4n);
  expect(all - counted).toBeLessThan(checkpointFuel);
});

test("throwing costs what it takes: some thousand times an addition", () => {
  const instance = open({
    tags: [""],
    functions: [
      { name: "run", code: "block; try_table all=0; throw 0; end; end" },
      {
        name: "again",
        code: "block; try; try; throw 0; catch_all; rethrow 0; end; catch_all; end; end",
      },
    ],
  });
  const used = ["run", "again"].map((name) => {
    instance.allow({});
    expect(instance.call(name).kind).toBe("returned");
    return Number(instance.fuelUsed);
  });
  expect(used[0]).toBeGreaterThanOrEqual(2_000);
  expect(used[1]).toBeGreaterThanOrEqual(4_000);
});

test("after the fuel ended the instance works again with a new allowance", () => {
  const instance = open(recursion);
  instance.allow({ fuel: 10n });
  expect(instance.call("run", 100).kind).toBe("out-of-fuel");
  instance.allow({ fuel: 100_000n });
  expect(instance.call("run", 100)).toEqual({ kind: "returned", value: 100 });
});

test("depth ends at its limit, and is whole again afterwards", () => {
  const instance = open(recursion);
  instance.allow({ depthSlots: 1000 });
  expect(instance.call("run", 10).kind).toBe("returned");
  expect(instance.call("run", 100_000)).toEqual({ kind: "too-deep" });
  for (let round = 0; round < 100; round++) expect(instance.call("run", 10).kind).toBe("returned");
});

test("the same depth is reached whatever the engine's stack allows: fat frames count more", () => {
  const thin = open(recursion);
  const fat = open({
    functions: [
      {
        ...(recursion.functions?.[0] as { code: string }),
        locals: Array.from({ length: 200 }, () => "i64").join(" "),
      },
    ],
  });
  const reached = (instance: MeteredInstance) => {
    for (let depth = 1; ; depth++) {
      instance.allow({ depthSlots: 2000 });
      if (instance.call("run", depth).kind !== "returned") return depth;
    }
  };
  expect(reached(thin)).toBeGreaterThan(5 * reached(fat));
});

test("without a counter the engine's own stack overflow has the same name", () => {
  const instance = open(recursion, { depth: false });
  instance.allow({});
  expect(instance.call("run", 10_000_000)).toEqual({ kind: "too-deep" });
});

test("host functions may call back: depth goes on from the caller's and comes back", () => {
  let instance: MeteredInstance | undefined;
  const back = (left: number) => {
    for (let round = 0; round < 50; round++) instance?.call("leaf", 1);
    const end = instance?.call("run", left);
    return end?.kind === "returned" ? (end.value as number) + 1 : -1000;
  };
  instance = open(
    {
      imports: [{ name: "back", params: "i32", results: "i32" }],
      functions: [
        {
          name: "run",
          params: "i32",
          results: "i32",
          code: "local.get 0; i32.eqz; if i32; i32.const 0; else; local.get 0; i32.const 1; i32.sub; call 0; end",
        },
        { name: "leaf", params: "i32", results: "i32", code: "local.get 0; call 3" },
        {
          params: "i32",
          results: "i32",
          code: "local.get 0; if i32; i32.const 0; call 3; else; i32.const 5; end",
        },
      ],
    },
    {},
    { back },
  );
  instance.allow({ depthSlots: 2000 });
  expect(instance.call("run", 20)).toEqual({ kind: "returned", value: 20 });
  instance.allow({ depthSlots: 200 });
  const shallow = instance.call("run", 20);
  expect(shallow.kind === "returned" ? Number(shallow.value) : shallow.kind).not.toBe(20);
});

const catching: TestModule = {
  imports: [{ name: "fail" }],
  functions: [{ name: "run", code: "loop; block; try_table all=0; call 0; end; end; br 0; end" }],
};

test("poison ends a guest that catches everything", () => {
  let calls = 0;
  const instance: MeteredInstance = open(
    catching,
    {},
    {
      fail: () => {
        if (++calls === 10) instance.poison("the guest asked to exit");
        throw new Error("host");
      },
    },
  );
  instance.allow({});
  expect(instance.call("run")).toEqual({ kind: "stopped", reason: "the guest asked to exit" });
  expect(calls).toBe(10);
  expect(instance.fuelUsed).toBeGreaterThan(10n);
  expect(instance.fuelUsed).toBeLessThan(100n);
});

test("fuel ends a guest that catches everything", () => {
  const instance = open(
    catching,
    {},
    {
      fail: () => {
        throw new Error("host");
      },
    },
  );
  instance.allow({ fuel: 1000n });
  expect(instance.call("run")).toEqual({ kind: "out-of-fuel" });
});

test("an exception of a host function comes back as it is", () => {
  const error = new Error("exit");
  const instance = open(
    { imports: [{ name: "fail" }], functions: [{ name: "run", code: "call 0" }] },
    {},
    {
      fail: () => {
        throw error;
      },
    },
  );
  instance.allow({});
  expect(instance.call("run")).toEqual({ kind: "threw", error });
});

test("the fuel used is exact inside a host function", () => {
  const seen: bigint[] = [];
  const instance: MeteredInstance = open(
    {
      imports: [{ name: "look" }],
      functions: [
        {
          name: "run",
          locals: "i32",
          code: "loop; call 0; local.get 0; i32.const 1; i32.add; local.tee 0; i32.const 3; i32.lt_s; br_if 0; end",
        },
      ],
    },
    {},
    {
      look: () => {
        seen.push(instance.fuelUsed);
      },
    },
  );
  instance.allow({});
  instance.call("run");
  expect(seen).toEqual([9n, 18n, 27n]);
  expect(instance.fuelUsed).toBe(27n);
});

const stateful: TestModule = {
  memories: [{ min: 1, max: 4 }],
  tables: [{ min: 2 }],
  elements: [0],
  globals: [
    { type: "i32", isMutable: true, init: "i32.const 1" },
    { type: "v128", isMutable: true, init: "v128.const 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16" },
  ],
  data: [{ bytes: [1] }],
  functions: [
    { results: "i32", code: "i32.const 4" },
    {
      name: "change",
      code: "i32.const 0; i32.const 99; i32.store; i32.const 7; global.set 0; global.get 1; i8x16.neg; global.set 1; i32.const 1; ref.func 0; table.set 0",
    },
    {
      name: "look",
      results: "i32 i32 i32 i32",
      code: "i32.const 0; i32.load; global.get 0; global.get 1; i8x16.extract_lane_s 15; i32.const 1; table.get 0; ref.is_null",
    },
    { name: "grow", results: "i32", code: "i32.const 1; memory.grow 0" },
    { name: "drop", code: "data.drop 0" },
  ],
};

test("saved state comes back: memories, globals, vectors and tables", () => {
  const instance = open(stateful, { exportState: true });
  instance.allow({});
  const saved = instance.save();
  instance.call("change");
  expect(instance.call("look")).toEqual({ kind: "returned", value: [99, 7, -16, 0] });
  const later = instance.save();
  expect(instance.restore(saved)).toBe("restored");
  expect(instance.call("look")).toEqual({ kind: "returned", value: [0, 1, 16, 1] });
  expect(instance.restore(later)).toBe("restored");
  expect(instance.call("look")).toEqual({ kind: "returned", value: [99, 7, -16, 0] });
});

test("growth and dropped segments need a fresh instance", () => {
  const module = compileMetered(buildModule(stateful), { exportState: true });
  for (const name of ["grow", "drop"]) {
    const instance = module.instantiate();
    instance.allow({});
    const saved = instance.save();
    instance.call(name);
    expect(instance.restore(saved)).toBe("needs-fresh-instance");
    expect(module.instantiate().restore(saved)).toBe("restored");
  }
});

test("a saved state fills another instance, unless it holds that one's functions", () => {
  const module = compileMetered(buildModule(stateful), { exportState: true });
  const instance = module.instantiate();
  instance.allow({});
  instance.call("grow");
  const plain = instance.save();
  expect(plain.memoryBytes).toBe(2 * 65_536);
  const other = module.instantiate();
  expect(other.restore(plain)).toBe("restored");
  expect(other.memoryBytes).toBe(2 * 65_536);
  instance.call("change");
  expect(module.instantiate().restore(instance.save())).toBe("foreign-functions");
});

test("the start function runs when the host says so, metered", () => {
  const module: TestModule = { start: 0, functions: [{ code: "loop; br 0; end" }] };
  const instance = open(module);
  instance.allow({ fuel: 1000n });
  expect(instance.start()).toEqual({ kind: "out-of-fuel" });
});

test("an invalid module is refused before anything is added", () => {
  expect(() =>
    compileMetered(buildModule({ functions: [{ results: "i32", code: "nop" }] })),
  ).toThrow("Cannot compile the module");
});
