/** The thread that compiles: takes `CompileRequest`, answers `CompileReply` on the port it was given. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { engine } from "@bedplate/wasm-module";
import { forkOf } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import type { CompileReply, CompileRequest } from "./background-compiler.ts";
import { compileCode } from "./compile-code.ts";

const { port } = workerData as { readonly port: MessagePort };

parentPort?.on("message", (request: CompileRequest) => {
  port.postMessage(replyTo(request));
});

function replyTo({ key, bytes, fork }: CompileRequest): CompileReply {
  const set = instructionSetOf(forkOf(fork, { isExperimental: true }));
  const compiled = compileCode(bytes, set);
  if (compiled === undefined) return { key, compiled };
  const { wasm, starts } = compiled;
  return { key, compiled: { module: new engine.Module(wasm), starts } };
}
