import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { runCli } from "../src/index.ts";
import { house } from "./bedplate.ts";

/** Runs a command in this process. */
async function bedplate(
  argv: readonly string[],
  { data }: { readonly data: string },
): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = "";
  const code = await runCli([...argv, "--data", data], {
    signal: new AbortController().signal,
    open: ({ isJson }) => ({
      isJson,
      out: (text) => {
        stdout += Buffer.from(text).toString();
      },
      err: () => {},
    }),
  });
  return { code, stdout };
}
const counter = join(house, "examples/contracts/counter.wasm");

test("a ledger from the command line, without a server", async () => {
  using data = openScratchFolder();
  const options = { data: data.path };
  const genesis = join(data.path, "genesis.json");
  writeFileSync(genesis, JSON.stringify({ owner: "ada" }));
  const made = await bedplate(["ledger", "create", "bank", "--genesis", genesis], options);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stdout).toMatch(/^bank is at batch 0, root sha256:\w{64}\n$/);

  const submit = ["ledger", "submit", "bank", counter, "--entry", "add"];
  const five = [...submit, "--hex", "0500000000000000", "--once", "k"];
  const done = await bedplate(five, options);
  expect(done.stdout).toMatch(/^tx_\w+ returned\noutput 0x0500000000000000\nbatch 1, index 0, /);
  expect((await bedplate(five, options)).stdout).toBe(done.stdout);
  const wrong = await bedplate([...submit, "--text", "123"], options);
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.stdout).toContain("output the input must have eight bytes");

  const state = await bedplate(["ledger", "state", "bank"], options);
  expect(state.stdout).toMatch(/^KEY +VALUE\ncount +0x0500000000000000\nowner +ada\n$/);
  expect(await bedplate(["ledger", "state", "bank", "count", "--at", "0"], options)).toMatchObject({
    code: 66,
  });
  const receipts = await bedplate(["ledger", "receipts", "bank", "1"], options);
  expect(receipts.stdout.split("\n")[1]).toMatch(/^0 +tx_\w+ +returned +\d+ +sha256:\w+$/);
  const batches = await bedplate(["ledger", "batch", "bank"], options);
  expect(
    batches.stdout
      .split("\n")
      .slice(1, 4)
      .map((line) => line[0]),
  ).toEqual(["2", "1", "0"]);

  const file = join(data.path, "bank.snapshot");
  const exported = await bedplate(["ledger", "export", "bank", file, "--json"], options);
  const { root } = JSON.parse(exported.stdout) as { root: string };
  const imported = await bedplate(["ledger", "import", "copy", file], options);
  expect(imported.stdout).toBe(`copy is at batch 0, root ${root}\n`);
  const rolled = await bedplate(["ledger", "rollback", "bank", "0"], options);
  expect(rolled.stdout).toMatch(/^bank is at batch 0, /);
  const list = await bedplate(["ledger", "ls"], options);
  expect(
    list.stdout
      .split("\n")
      .slice(1, 3)
      .map((line) => line.split(" ")[0]),
  ).toEqual(["bank", "copy"]);
});
