/** The thread that guests run in. It does one thing at a time and keeps nothing between two runs. */
import { parentPort, workerData } from "node:worker_threads";
import { toFault } from "@bedplate/errors";
import { makeBase } from "../guest/base-image.ts";
import { GuestEngines } from "../guest/guest-engines.ts";
import { compileQuickJs, rewriteQuickJs } from "../quickjs/metered-quickjs.ts";
import type { ThreadMessage, ThreadRequest, ThreadStart } from "./thread-messages.ts";

const { cells, rewritten = rewriteQuickJs() } = workerData as ThreadStart;
const module = compileQuickJs(rewritten);
const base = makeBase(module);
const engines = new GuestEngines(module, base);

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function answer(request: ThreadRequest): ThreadMessage {
  if (request.kind === "inspect") {
    return { kind: "inspected", isModule: engines.isModule(request.source) };
  }
  const onEvent = (event: { readonly topic: string; readonly data: Uint8Array }) =>
    say({ kind: "event", event });
  return { kind: "ran", result: engines.run(request.plan, { cells, onEvent }) };
}

parentPort?.on("message", (request: ThreadRequest) => {
  try {
    say(answer(request));
  } catch (error) {
    say({ kind: "failed", fault: toFault(error, "instance.invoke") });
  }
  engines.collect();
});
say({ kind: "ready", rewritten, base: base.image });
