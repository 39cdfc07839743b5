import type { RunOrder } from "../channel/messages.ts";
import type { GuestMachine } from "./guest-machine.ts";

/** What the interpreter's side answered. */
export type RunnerAnswer =
  | { readonly kind: "value"; readonly output: Uint8Array }
  | { readonly kind: "failure"; readonly code: number }
  | { readonly kind: "memory" }
  | { readonly kind: "entry"; readonly text: string }
  | { readonly kind: "argument"; readonly text: string };

/** Calls the Python function `run` with the request as one bytes object, and reads its answer. */
export function callRunner(machine: GuestMachine, order: RunOrder): RunnerAnswer {
  const { exports, memory, runner } = machine;
  const { scriptName: script, entry, args, env, isSession: session } = order;
  const request = {
    script,
    entry,
    args,
    env: { ...baseEnvironment, ...env },
    session,
    paths: machine.packages,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const object = exports.PyBytes_FromStringAndSize(0, bytes.length);
  if (object === 0) return failed(machine);
  memory.bytes.set(bytes, exports.PyBytes_AsString(object) >>> 0);
  const result = exports.PyObject_CallOneArg(runner, object);
  exports.Py_DecRef(object);
  if (result === 0) return failed(machine);
  const at = exports.PyBytes_AsString(result);
  if (at === 0) return failed(machine);
  const answer = memory.slice(at, exports.PyBytes_Size(result)).slice();
  exports.Py_DecRef(result);
  return readAnswer(answer);
}

/** What a program finds in `os.environ` beside what it was given. */
const baseEnvironment = {
  HOME: "/home/guest",
  LANG: "C.UTF-8",
  TZ: "UTC",
  PYTHONHASHSEED: "0",
} as const;

/** The runner itself could not go on: it needs memory, or the script broke the interpreter. */
function failed({ exports, wasMemoryDenied }: GuestMachine): RunnerAnswer {
  exports.PyErr_Clear();
  return wasMemoryDenied ? { kind: "memory" } : { kind: "failure", code: 1 };
}

function readAnswer(answer: Uint8Array): RunnerAnswer {
  const rest = answer.subarray(1);
  const text = new TextDecoder().decode(rest);
  switch (String.fromCharCode(answer[0] ?? 0)) {
    case "V":
      return { kind: "value", output: rest };
    case "M":
      return { kind: "memory" };
    case "I":
      return { kind: "entry", text };
    case "A":
      return { kind: "argument", text };
    default:
      return { kind: "failure", code: Math.min(255, Number.parseInt(text, 10) || 1) };
  }
}
