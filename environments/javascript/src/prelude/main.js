/**
 * What a script finds in its global scope beyond the language, and the kernel: the few functions
 * by which the host drives a run. Evaluated once; every run starts from a copy of the result.
 */
import { format, makeConsole } from "./console.js";
import { makeCrypto } from "./crypto.js";
import { makeEncoding } from "./encoding.js";
import { describeError } from "./inspect.js";
import * as own from "./intrinsics.js";
import { makeProgram } from "./program.js";
import { structuredClone } from "./structured-clone.js";
import { makeTimers } from "./timers.js";

const host = globalThis.bedplateHost;
delete globalThis.bedplateHost;

const write = (stream, text) => host.write(stream, own.stringToWellFormed(text));
const timers = makeTimers();
const program = makeProgram(host, write);
const startedAt = { ms: 0 };

function define(name, value) {
  own.defineProperty(globalThis, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

const { TextEncoder, TextDecoder } = makeEncoding(host);
const globals = {
  console: makeConsole(write),
  print: (...values) => write("stdout", `${format(values)}\n`),
  TextEncoder,
  TextDecoder,
  structuredClone,
  crypto: makeCrypto(host),
  setTimeout: timers.setTimeout,
  setInterval: timers.setInterval,
  setImmediate: timers.setImmediate,
  clearTimeout: timers.clear,
  clearInterval: timers.clear,
  clearImmediate: timers.clear,
  performance: {
    now: () => host.now() - startedAt.ms,
    get timeOrigin() {
      return startedAt.ms;
    },
  },
  args: [],
  stdin: program.stdin,
  readFile: program.readFile,
  exit: program.exit,
  process: program.process,
};
for (const name of own.objectKeys(globals)) define(name, globals[name]);

/** Reads an argument as JSON where it is JSON, else as text. */
function readArgument(text) {
  try {
    return own.jsonParse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const kernel = {
  /** Starts a run: what it was called with. */
  begin(text) {
    const { args, env, name } = own.jsonParse(text);
    define("args", args);
    program.process.argv = ["javascript", name, ...args];
    program.process.env = env;
    program.process.exitCode = undefined;
    startedAt.ms = host.now();
  },
  nextTimerAt: timers.nextAt,
  fireTimer: timers.fire,
  describe: describeError,
  /** A module's export, where it is a function. */
  findExport(namespace, name) {
    const found = own.hasOwn(namespace, name) ? namespace[name] : undefined;
    return typeof found === "function" ? found : undefined;
  },
  /** What a script's global name stands for, where that is a function of its own. */
  findGlobal(found, name) {
    const isBuiltIn = own.mapGet(builtIns, name) === found;
    const isInherited = !own.hasOwn(globalThis, name) && globalThis[name] === found;
    return typeof found === "function" && !isBuiltIn && !isInherited ? found : undefined;
  },
  call(found, texts) {
    return own.reflectApply(found, undefined, own.arrayMap(own.jsonParse(texts), readArgument));
  },
  /** A value as JSON text; undefined where it has none. */
  toJson(value) {
    return typeof value === "bigint" ? `${value}` : own.jsonStringify(value);
  },
  exitCode: () => Number(program.process.exitCode ?? 0) & 0xff,
};
globalThis.bedplateKernel = kernel;

const builtIns = new Map();
for (const name of own.ownKeys(globalThis)) own.mapSet(builtIns, name, globalThis[name]);
