import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import { CompiledEngine } from "../../src/machine/compiled-engine.ts";
import { callOf, visibleOf, worldOf } from "./rig.ts";

const hexCode = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** Counts down from what CALLDATALOAD(0) says, in a loop that no constant shows. */
const countDown = hexCode("5f 35 5b 6001 90 03 80 6002 57 00");
const forEver = hexCode("5b 5f 56");

test("code that is called again and again changes over, with the same results", async () => {
  using engine = new CompiledEngine({ crypto: portableCrypto });
  using interpreter = new CompiledEngine({ crypto: portableCrypto, tierOne: "off" });
  const input = Uint8Array.from([...new Uint8Array(31), 200]);
  const call = callOf(countDown, { input });
  const expected = visibleOf(interpreter.execute(...call));
  for (let round = 0; engine.compiledCount === 0; round++) {
    expect(visibleOf(engine.execute(...call))).toStrictEqual(expected);
    if (round > 100) await setTimeout(10);
  }
  expect(visibleOf(engine.execute(...call))).toStrictEqual(expected);
});

test("a loop that runs for long changes over in the middle", () => {
  using engine = new CompiledEngine({ crypto: portableCrypto });
  // 2^40 rounds: only the gas ends it, and only compiled code reaches the end of the gas in a test's time.
  const input = Uint8Array.from([...new Uint8Array(26), 1, 0, 0, 0, 0, 0]);
  const result = engine.execute(...callOf(countDown, { input, gas: 8_000_000_000n }));
  expect(result.kind).toBe("failure");
  expect(engine.compiledCount).toBe(1);
});

test("a deadline ends compiled code that jumps for ever", () => {
  using engine = new CompiledEngine({ crypto: portableCrypto, tierOne: "immediate" });
  const call = callOf(forEver, { gas: 2n ** 60n, deadline: performance.now() + 50 });
  expect(engine.execute(...call)).toMatchObject({ kind: "stopped", stopped: "deadline" });
});

test("what the world throws passes through compiled code, and the engine stays usable", () => {
  using engine = new CompiledEngine({ crypto: portableCrypto, tierOne: "immediate" });
  const code = hexCode("5f 54 00");
  const world = worldOf(code);
  const broken = {
    account: (address: Uint8Array) => world.account(address),
    code: (hash: Uint8Array) => world.code(hash),
    storage: () => {
      throw new RangeError("not at hand");
    },
  };
  expect(() => engine.execute(...callOf(code, { world: broken }))).toThrow("not at hand");
  expect(engine.execute(...callOf(code)).kind).toBe("success");
});

test("the stack's bounds are those of the whole way, not of one block", () => {
  using engine = new CompiledEngine({ crypto: portableCrypto, tierOne: "immediate" });
  const push = (count: number) => "5f".repeat(count);
  const cases = [
    // Full to the last place, in one block and over a jump.
    [`${push(1024)} 00`, "success"],
    [`${push(1025)} 00`, "failure"],
    // What would overflow stands behind a choice that is not taken.
    [`${push(1022)} 6001 610408 57 ${push(3)} 00 ${"5b".repeat(16)} 00`, "success"],
    ["50 00", "failure"],
    ["5f 5f 600b 57 50 50 00", "failure"],
  ] as const;
  for (const [code, kind] of cases) {
    expect(engine.execute(...callOf(hexCode(code))).kind, code.slice(-40)).toBe(kind);
  }
});

test("another fork brings its own prices to code that was compiled", () => {
  using engine = new CompiledEngine({ crypto: portableCrypto, tierOne: "immediate" });
  const used = (fork: "istanbul" | "osaka") =>
    500_000n - engine.execute(...callOf(hexCode("6000 54 50 00"), { fork })).gasLeft;
  expect([used("osaka"), used("istanbul"), used("osaka")]).toStrictEqual([2_105n, 805n, 2_105n]);
});
