/** The toy plug-in as a program of its own; an argument makes its start go wrong. */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { runPlugin } from "../src/index.ts";
import { toyPlugin } from "./toy-plugin.ts";

const [, , fault] = process.argv;
const build = `sha256:${"0".repeat(64)}`;
const lines: Readonly<Record<string, string>> = {
  garbage: "hello there\n",
  "hello-2": '{"hello":2}\n',
  "no-nonce": `${JSON.stringify({ hello: 1, side: "plugin", process: { build, startedAt: 1 }, speaks: [], features: {}, has: [] })}\n`,
  endless: "x".repeat(70_000),
  old: `${JSON.stringify({ hello: 1, side: "plugin", process: { build, startedAt: 1, nonce: "0123456789abcdef" }, speaks: [{ name: "environment", versions: [{ major: 0, minor: 9, surface: build }] }], features: {}, has: [] })}\n`,
};

process.stdout.write('{"hello":1,"on":"stdout"}\nnoise\n');
if (fault === "exit") process.exit(9);
else if (fault === "silent") process.stdin.resume();
else if (fault !== undefined && fault in lines) {
  // A child that stays: it has to go when the plug-in goes.
  spawn("sleep", ["1000"], { stdio: "ignore" });
  writeSync(3, lines[fault] ?? "");
  process.stdin.resume();
} else await runPlugin(toyPlugin);
