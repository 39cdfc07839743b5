import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { start } from "./bedplate.ts";

test("env decode lists Ethereum bytecode by the instructions of a fork, without a server", async () => {
  using scratch = openScratchFolder();
  const file = join(scratch.path, "counter.hex");
  writeFileSync(file, "0x5f546001015f5500");
  const osaka = await start(["env", "decode", file]).finished;
  expect(osaka.stdout).toContain("block 0..8 cost 110 -> return");
  expect(osaka.stdout).toContain("000002 PUSH1 0x01");
  const london = await start(["env", "decode", "--fork", "London", file]).finished;
  expect(london.stdout).toContain("000000 INVALID 0x5f");
});
