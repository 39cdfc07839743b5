/**
 * The program that runs snippets of JavaScript: the same requests, messages and signal as the one for
 * Python.
 */
export const javascriptKernel: string = String.raw`
const { createInterface } = require("node:readline");
const { PassThrough } = require("node:stream");
const { inspect } = require("node:util");
const fs = require("node:fs");
const repl = require("node:repl");

const tell = (message) => fs.writeSync(1, JSON.stringify(message) + "\n");
for (const kind of ["stdout", "stderr"]) {
  process[kind].write = (data, encoding, done) => {
    const text = typeof data === "string" ? data : Buffer.from(data).toString("utf8");
    tell({ type: kind, text, timestamp: Date.now() * 1e6 });
    const then = typeof encoding === "function" ? encoding : done;
    if (then) queueMicrotask(then);
    return true;
  };
}

const quiet = new PassThrough();
quiet.resume();
const server = repl.start({
  prompt: "", input: new PassThrough(), output: quiet, useGlobal: true, terminal: false,
  breakEvalOnSigint: true, ignoreUndefined: true,
});

// A static import cannot stand in a snippet; what it means can.
const importPattern =
  /^([ \t]*)import\s+(?:type\s+)?(?:([\w$]+)\s*,?\s*)?(?:\*\s*as\s+([\w$]+)|\{([^}]*)\})?\s*(?:from\s*)?(["'][^"']+["'])\s*;?/gm;
function withoutImports(code) {
  return code.replace(importPattern, (_, indent, name, all, some, from) => {
    const parts = [];
    if (all) parts.push("const " + all + " = await import(" + from + ");");
    const members = (some || "").split(",").map((each) => each.trim()).filter(Boolean)
      .map((each) => each.replace(/\s+as\s+/, ": "));
    if (name) members.unshift("default: " + name);
    if (members.length > 0) parts.push("const { " + members.join(", ") + " } = await import(" + from + ");");
    return indent + (parts.join(" ") || "await import(" + from + ");");
  });
}

// Up to Node 24 what a snippet throws goes to a domain of the loop's.
let failed = () => {};
server._domain?.removeAllListeners("error");
server._domain?.on("error", (error) => failed(error));

function evaluate(code) {
  return new Promise((resolve, reject) => {
    const onInterrupt = () => reject(new Error("interrupted"));
    failed = reject;
    process.once("SIGINT", onInterrupt);
    server.eval(code, server.context, "snippet", (error, value) => {
      process.off("SIGINT", onInterrupt);
      if (error) reject(error);
      else resolve(value);
    });
  });
}

let count = 0;
async function run({ code, env = {} }) {
  count += 1;
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  tell({ type: "number_of_executions", execution_count: count });
  try {
    Object.assign(process.env, env);
    const value = await evaluate(withoutImports(code).trim() + "\n");
    const text = typeof value === "string" ? value : inspect(value);
    if (value !== undefined) tell({ type: "result", is_main_result: true, text, ...rich(value) });
  } catch (error) {
    const isError = error !== null && typeof error === "object" && "message" in error;
    tell({
      type: "error",
      name: isError ? String(error.name) : "Error",
      value: isError ? String(error.message) : inspect(error),
      traceback: isError ? String(error.stack) : inspect(error),
    });
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    tell({ type: "end_of_execution" });
  }
}

function rich(value) {
  if (value === null || typeof value !== "object") return {};
  try {
    const json = JSON.stringify(value);
    return json === undefined ? {} : { json: JSON.parse(json) };
  } catch {
    return {};
  }
}

process.on("SIGINT", () => {});
process.on("uncaughtException", (error) => process.stderr.write(inspect(error) + "\n"));
let turn = Promise.resolve();
createInterface({ input: process.stdin }).on("line", (line) => {
  turn = turn.then(() => run(JSON.parse(line)));
}).on("close", () => process.exit(0));
tell({ type: "ready" });
`;
