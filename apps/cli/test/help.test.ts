import { expect, test } from "vitest";
import { commonOptionHelp, commonOptions } from "../src/command.ts";
import { commands } from "../src/commands/all-commands.ts";
import { helpOf, helpOfAll } from "../src/help.ts";
import { bedplate } from "./bedplate.ts";

test("help lists every command once", () => {
  const lines = helpOfAll(commands).split("\n");
  for (const { name, summary } of commands) {
    expect(
      lines.filter((line) => line.startsWith(`  ${name}`) && line.endsWith(summary)),
    ).toHaveLength(1);
  }
  expect(new Set(commands.map((each) => each.name)).size).toBe(commands.length);
});

test.each(commands.map((each) => [each.name, each] as const))(
  "%s has a line for each of its options",
  (_name, command) => {
    const text = helpOf(command);
    const options = Object.keys({ ...command.options, ...commonOptions });
    expect(Object.keys({ ...command.optionHelp, ...commonOptionHelp }).toSorted()).toEqual(
      options.toSorted(),
    );
    for (const option of options) expect(text).toContain(`--${option}`);
  },
);

test("the command line is understood, or refused with 64 and what is wrong with it", async () => {
  const [help, version, group, unknown, option, operand, extra, word] = await Promise.all([
    bedplate(["--help"]),
    bedplate(["--version"]),
    bedplate(["runs", "--help"]),
    bedplate(["runs", "frobnicate"]),
    bedplate(["runs", "ls", "--frobnicate"]),
    bedplate(["runs", "get"]),
    bedplate(["runs", "get", "a", "b"]),
    bedplate(["runs", "ls", "--phase", "gone"]),
  ]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(group.code).toBe(0);
  expect(group.stdout).toContain("runs replay RUN");
  expect(group.stdout).not.toContain("config show");
  for (const each of [unknown, option, operand, extra, word]) {
    expect(each).toMatchObject({ code: 64, stdout: "" });
  }
  expect(operand.stderr).toContain("the id of a run is missing");
  expect(extra.stderr).toContain('"b" is one word too many');
  expect(word.stderr).toContain("queued, running, done");
}, 120_000);
