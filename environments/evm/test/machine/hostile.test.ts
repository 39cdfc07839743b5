import { describe, expect, it } from "vitest";
import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import { CompiledEngine } from "../../src/machine/compiled-engine.ts";
import { openMachineModule } from "../../src/machine/open-machine-module.ts";
import { addressOf, answerTop, callee, code, execute, interpreter, worldOf } from "./rig.ts";

/** Time enough to pass many polls, and short enough for a test. */
function soon(): number {
  return performance.now() + 50;
}

const lots = 2n ** 60n;

describe("no contract holds the host beyond its deadline", () => {
  const endless: Readonly<Record<string, string>> = {
    "an empty loop": "5b5f56",
    "a loop of static calls to itself": "5b5f5f5f5f305afa505f56",
    "a loop of creations": "5b5f5f5ff0505f56",
    "a loop of hashes of 1 MiB": "5b620100005f20505f56",
    "a loop of calls that fail": "5b5f5f5f5f5f61c0df61ffff f1505f56",
    "storage that grows": "5b43805b60010180805580600356",
    "logs that grow": "5b6201000060 00a05f56",
    "identity over 64 KiB": "5b5f5f620100005f60045afa505f56",
    "modular exponentiation":
      "61010060005261010060205261010060405260ff60605260ff608052605b5b5f5f6103605f60055afa50603056",
  };
  for (const [name, text] of Object.entries(endless)) {
    it(name, () => {
      using engine = interpreter();
      const others = [
        { address: addressOf(0xc0df), nonce: 0n, balance: 0n, code: code("fe"), storage: [] },
      ];
      const run = { engine, code: code(text), gas: lots, others };
      const result = execute({ ...run, context: { deadline: soon() } });
      expect(["stopped", "failure"]).toContain(result.kind);
      if (result.kind === "failure") expect(result.failure).not.toBe("deadline");
      expect(result.changes.accounts).toEqual([]);
      // The engine is as good as before.
      expect(execute({ engine, code: code("00") }).kind).toBe("success");
    });
  }

  it("an empty loop stops for the deadline and not for anything else", () => {
    using engine = interpreter();
    const run = { engine, code: code("5b5f56"), gas: lots };
    const result = execute({ ...run, context: { deadline: soon() } });
    expect(result).toMatchObject({ kind: "stopped", stopped: "deadline" });
  });
});

describe("no contract takes more memory than is declared", () => {
  it("a memory that gas could pay for ends the execution as stopped", () => {
    using engine = interpreter({ memoryMaxMiB: 640 });
    const bomb = code("5f63100000005f52 6320000000 52");
    const result = execute({ engine, code: bomb, gas: lots });
    expect(result).toMatchObject({ kind: "stopped", stopped: "memoryLimit" });
    expect(execute({ engine, code: code("00") }).kind).toBe("success");
  });

  it("offsets beyond any memory run out of gas at once", () => {
    using engine = interpreter();
    for (const text of [
      "5f7fff000000000000000000000000000000000000000000000000000000000000ff52",
      "5f65ffffffffffff52",
      "5f6801000000000000000052",
    ]) {
      const result = execute({ engine, code: code(text), gas: 10n ** 9n });
      expect(result).toMatchObject({ kind: "failure", failure: "outOfGas", gasLeft: 0n });
    }
  });

  it("1,024 frames nest, and the next call answers 0", () => {
    using engine = interpreter();
    // Calls itself with all gas; each frame adds one to what the callee answered.
    const deep = code("60205f5f5f5f305af1 5f51 0180 5f5260205ff3");
    const result = execute({ engine, code: deep, gas: lots });
    expect(result.kind).toBe("success");
    expect(Buffer.from(result.output).readUInt32BE(28)).toBe(1_024);
  });

  it("a memory in every frame of the deepest recursion stays within the bound", () => {
    using engine = interpreter({ memoryMaxMiB: 700 });
    const hoard = code("5f62040000525f5f5f5f5f305af100");
    const result = execute({ engine, code: hoard, gas: lots });
    expect(["stopped", "success"]).toContain(result.kind);
    expect(execute({ engine, code: code("00") }).kind).toBe("success");
  });
});

it("a machine that was opened once serves several engines", () => {
  const machine = openMachineModule(640);
  for (let count = 0; count < 2; count++) {
    using engine = new CompiledEngine({ crypto: portableCrypto, machine, tierOne: "off" });
    expect(execute({ engine, code: code(`602a${answerTop}`) }).output.at(-1)).toBe(42);
  }
});

describe("what the world throws passes through", () => {
  it("and leaves the engine usable", () => {
    using engine = interpreter();
    const run = { engine, code: code("61dead3160005260205ff3") };
    const world = worldOf(run);
    const absent = Object.assign(new Error("not here"), { name: "NotResident" });
    const holes = {
      account: (address: Uint8Array) => {
        if (Buffer.from(address).equals(addressOf(0xdead))) throw absent;
        return world.account(address);
      },
      code: (hash: Uint8Array) => world.code(hash),
      storage: (address: Uint8Array, slot: Uint8Array) => world.storage(address, slot),
    };
    expect(() => execute({ ...run, context: { world: holes } })).toThrow(absent);
    const result = execute(run);
    expect(result.kind).toBe("success");
    expect(result.changes.reads.addresses).toContainEqual(callee);
  });
});
