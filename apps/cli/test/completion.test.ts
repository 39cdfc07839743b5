import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { commands } from "../src/commands/all-commands.ts";
import { completionScript } from "../src/commands/completion.ts";

function complete(words: readonly string[]): readonly string[] {
  const script = `${completionScript("bash", commands)}
COMP_WORDS=(${words.map((each) => `'${each}'`).join(" ")})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_bedplate
printf '%s\\n' "\${COMPREPLY[@]}"
`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script], {
    encoding: "utf8",
  });
  expect([stderr, status]).toEqual(["", 0]);
  return stdout.split("\n").filter((each) => each !== "");
}

test.each(["bash", "zsh"] as const)("%s understands its script", (shell) => {
  const script = completionScript(shell, commands);
  const { status, stderr, error } = spawnSync(shell, ["-n"], { input: script, encoding: "utf8" });
  // Where zsh is not installed there is nobody to ask.
  if (error !== undefined && shell === "zsh") return;
  expect([stderr, status]).toEqual(["", 0]);
});

test("bash completes commands, their second words and their options", () => {
  expect(complete(["bedplate", ""])).toEqual(
    expect.arrayContaining(["run", "runs", "up", "completion"]),
  );
  expect(complete(["bedplate", "runs", ""])).toEqual(["ls", "get", "logs", "cancel", "replay"]);
  expect(complete(["bedplate", "run", "--t"])).toEqual(["--timeout"]);
  expect(complete(["bedplate", "runs", "ls", "--ph"])).toEqual(["--phase"]);
  expect(complete(["bedplate", "slots", "policy", "python", "--s"])).toEqual(["--set"]);
});
