import { describe, expect, it } from "vitest";
import { compileFilter } from "../../src/seccomp/compile-filter.ts";
import { machineRules } from "../../src/seccomp/filter-rules.ts";

const answers = { allow: 0x7fff_0000, denied: 0x0005_0001, absent: 0x0005_0026, kill: 0x8000_0000 };
const filter = compileFilter(machineRules);
const x86_64 = 0xc000_003e;

describe("the compiled filter", () => {
  it("answers every call without arguments as the rules say", () => {
    const judged = new Set(machineRules.judged.map(({ number }) => number));
    const allowed = new Set(machineRules.allowed.values());
    const denied = new Set(machineRules.denied.values());
    for (let call = 0; call < 1024; call += 1) {
      if (judged.has(call)) continue;
      const wanted = allowed.has(call)
        ? answers.allow
        : denied.has(call)
          ? answers.denied
          : answers.absent;
      expect([call, run({ call })]).toEqual([call, wanted]);
    }
  });

  it("lets no clone make a name space", () => {
    for (const flag of [
      0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ]) {
      expect(run({ call: 56, args: [flag | 17] })).toBe(answers.absent);
    }
    expect(run({ call: 56, args: [0x003d_0f00] })).toBe(answers.allow);
  });

  it("lets sockets of four families through, and of netlink one protocol", () => {
    const allowed = Array.from({ length: 64 }, (_, family) => family).filter(
      (family) => run({ call: 41, args: [family, 3, 12] }) === answers.allow,
    );
    expect(allowed).toEqual([1, 2, 10]);
    expect(run({ call: 41, args: [16, 3, 0] })).toBe(answers.allow);
  });

  it("ends processes of another architecture, and knows no call of x32", () => {
    expect(run({ call: 1, architecture: 0x4000_0003 })).toBe(answers.kill);
    expect(run({ call: 0x4000_0000 | 39 })).toBe(answers.absent);
  });

  it("is small", () => {
    expect(filter.length / 8).toBeLessThan(200);
  });
});

/** Runs the program as the kernel does. */
function run(data: {
  readonly call: number;
  readonly architecture?: number;
  readonly args?: readonly number[];
}): number {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.length);
  const words = new Map([
    [0, data.call],
    [4, data.architecture ?? x86_64],
    ...(data.args ?? []).map((each, index) => [16 + index * 8, each] as const),
  ]);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const code = view.getUint16(at * 8, true);
    const [whenTrue, whenFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    const value = view.getUint32(at * 8 + 4, true);
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = words.get(value) ?? 0;
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x05) at += value;
    else if (code === 0x15) at += accumulator === value ? whenTrue : whenFalse;
    else if (code === 0x35) at += accumulator >= value ? whenTrue : whenFalse;
    else throw new Error(`unknown operation ${code}`);
  }
}
