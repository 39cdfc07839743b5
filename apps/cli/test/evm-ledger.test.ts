import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { runCli } from "../src/index.ts";
import { house } from "./bedplate.ts";

/** Runs a command in this process. */
async function bedplate(
  argv: readonly string[],
  { data }: { readonly data: string },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let [stdout, stderr] = ["", ""];
  const code = await runCli([...argv, "--data", data], {
    signal: new AbortController().signal,
    open: ({ isJson }) => ({
      isJson,
      out: (text) => {
        stdout += Buffer.from(text).toString();
      },
      err: (text) => {
        stderr += text;
      },
    }),
  });
  return { code, stdout, stderr };
}

const example = (name: string) => join(house, "examples/evm", name);
const owner = "0x1000000000000000000000000000000000000001";
const token = "0x7000000000000000000000000000000000000007";
const transfer = `0xa9059cbb${"2".repeat(40).padStart(64, "0")}${"19".padStart(64, "0")}`;

test("code runs alone, and its arguments are its call data", async () => {
  using data = openScratchFolder();
  const call = `0x70a08231${"1".repeat(40).padStart(64, "0")}`;
  const balance = await bedplate(["run", example("token.hex"), call], { data: data.path });
  expect(balance).toMatchObject({ code: 0, stdout: `0x${"0".repeat(64)}\n` });
  const nothing = await bedplate(["run", example("token.hex"), "0x00"], { data: data.path });
  expect(nothing.code).toBe(1);
});

test("an EVM ledger from the command line: accounts, a transfer, a rollback, a refusal", async () => {
  using data = openScratchFolder();
  const options = { data: data.path };
  const alloc = ["--alloc", example("alloc.json")];
  const made = await bedplate(["ledger", "create", "coins", ...alloc], options);
  expect(made.stdout).toMatch(/^coins is at batch 0, root 0x\w{64}\n$/);
  const submit = (call: object) => [
    ...["ledger", "submit", "coins", example("chain.json")],
    ...["--entry", "transact-unsigned", "--text", JSON.stringify(call)],
  ];
  const send = { from: owner, to: token, data: transfer };
  const first = await bedplate(submit(send), options);
  expect(first.stdout).toContain('"status":"0x1"');
  const root = async () => {
    const { stdout } = await bedplate(["ledger", "get", "coins", "--json"], options);
    return (JSON.parse(stdout) as { root: string }).root;
  };
  const after = await root();
  expect(made.stdout).not.toContain(after);
  await bedplate(["ledger", "rollback", "coins", "0"], options);
  expect(made.stdout).toContain(await root());
  await bedplate(submit(send), options);
  expect(await root()).toBe(after);
  const poor = await bedplate(
    submit({ from: token.replace("7", "8"), to: owner, value: "0x1" }),
    options,
  );
  expect(poor.code).toBe(exitCodes.input);
  expect(poor.stderr).toContain("insufficient funds for gas * price + value: balance 0");
  expect(await root()).toBe(after);
});
