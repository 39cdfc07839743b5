import { expect, test } from "vitest";
import { forkNames, forkOf } from "../../src/forks/fork.ts";
import { instructionSetOf } from "../../src/instructions/instruction-set.ts";
import { findJumpDestinations } from "../../src/instructions/jump-destinations.ts";

const countOf = (name: (typeof forkNames)[number]) =>
  instructionSetOf(forkOf(name)).isDefined.reduce((sum, each) => sum + each, 0);

test("forks only add instructions", () => {
  // Counted from the yellow paper and EIP-7; 214, 211, 140; 1014, 145, 1052; 1344, 1884; 3198; 3855;
  // 1153, 4844, 5656, 7516; 7939. INVALID is no instruction.
  expect(forkNames.map(countOf)).toStrictEqual([
    129, 130, 130, 130, 134, 139, 139, 141, 141, 142, 142, 143, 148, 148, 149,
  ]);
});

test("an instruction's name and price follow the fork", () => {
  const at = (fork: Parameters<typeof forkOf>[0], op: number) => {
    const set = instructionSetOf(forkOf(fork));
    return `${set.names[op]} ${set.gas[op]}`;
  };
  expect([at("london", 0x44), at("paris", 0x44)]).toStrictEqual(["DIFFICULTY 2", "PREVRANDAO 2"]);
  expect([at("frontier", 0xf1), at("istanbul", 0xf1), at("osaka", 0xf1)]).toStrictEqual([
    "CALL 40",
    "CALL 700",
    "CALL 100",
  ]);
  expect([at("prague", 0x1e), at("osaka", 0x1e)]).toStrictEqual(["INVALID 0", "CLZ 5"]);
  expect([at("osaka", 0xa0), at("osaka", 0xa4)]).toStrictEqual(["LOG0 375", "LOG4 1875"]);
});

test("what follows a PUSH is no jump destination, also where the code ends in it", () => {
  const code = Uint8Array.of(0x5b, 0x60, 0x5b, 0x5b, 0x62, 0x5b, 0x5b);
  expect([...findJumpDestinations(code)]).toStrictEqual([1, 0, 0, 1, 0, 0, 0]);
});
