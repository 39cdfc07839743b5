import { viewOf } from "./encoding.js";
import * as own from "./intrinsics.js";

/** Makes what a program sees of its start: arguments, environment, standard input, files, exit. */
export function makeProgram(host, write) {
  const decode = (bytes) => host.decode(bytes, 0);
  const stdin = {
    bytes: () => new Uint8Array(host.stdin()),
    text: () => decode(host.stdin()),
    lines: () => {
      const lines = decode(host.stdin()).split("\n");
      if (lines.at(-1) === "") lines.pop();
      return lines;
    },
  };
  const readFile = (path, encoding) => {
    const bytes = host.file(`${path}`);
    if (bytes === undefined) throw new Error(`No such file: ${path}`);
    return encoding === undefined ? new Uint8Array(bytes) : decode(bytes);
  };
  const exit = (code) => {
    const asked = Number(code ?? process.exitCode ?? 0);
    host.exit(Number.isNaN(asked) ? 1 : Math.trunc(asked) & 0xff);
  };
  const writeAny = (name, data) => {
    if (typeof data === "string") write(name, data);
    else host.writeBytes(name, viewOf(data).slice().buffer);
    return true;
  };
  const process = {
    argv: [],
    env: {},
    exitCode: undefined,
    platform: "bedplate",
    stdout: { write: (data) => writeAny("stdout", data) },
    stderr: { write: (data) => writeAny("stderr", data) },
    exit,
    cwd: () => "/",
    nextTick: (callback, ...values) =>
      queueMicrotask(() => own.reflectApply(callback, undefined, values)),
  };
  return { stdin, readFile, exit, process };
}
