/**
 * Measures one peer in a process of its own: `peer-main.ts <peer> <rounds> <snippet>` prints the
 * milliseconds of each round as JSON. Like a run here, a round has an engine that nothing ran in.
 */
import { installPeers } from "./install-peers.ts";

interface IsolatedVm {
  readonly Isolate: new (options: {
    readonly memoryLimit: number;
  }) => {
    createContextSync(): unknown;
    compileScriptSync(text: string): { runSync(context: unknown): unknown };
    dispose(): void;
  };
}

interface QuickJs {
  getQuickJS(): Promise<{
    newContext(): {
      evalCode(text: string): unknown;
      unwrapResult(result: unknown): { dispose(): void };
      dump(handle: unknown): unknown;
      dispose(): void;
    };
  }>;
}

type Round = () => unknown | Promise<unknown>;

const peers: Readonly<Record<string, (snippet: string) => Promise<Round>>> = {
  "isolated-vm": async (snippet) => {
    const ivm = load<IsolatedVm>("isolated-vm");
    return () => {
      const isolate = new ivm.Isolate({ memoryLimit: 128 });
      const answer = isolate.compileScriptSync(snippet).runSync(isolate.createContextSync());
      isolate.dispose();
      return answer;
    };
  },
  "quickjs-emscripten": async (snippet) => {
    const engine = await load<QuickJs>("quickjs-emscripten").getQuickJS();
    return () => {
      const context = engine.newContext();
      const handle = context.unwrapResult(context.evalCode(snippet));
      const answer = context.dump(handle);
      handle.dispose();
      context.dispose();
      return answer;
    };
  },
  pyodide: async (snippet) => {
    const { loadPyodide } = await import("pyodide");
    return async () => (await loadPyodide()).runPython(snippet) as unknown;
  },
};

const [name = "", rounds = "1", snippet = "", wanted = ""] = process.argv.slice(2);
const round = await peers[name]?.(snippet);
if (round === undefined) throw new Error(`There is no peer ${name}`);
const times: number[] = [];
for (let i = 0; i < Number(rounds); i++) {
  const startedMs = performance.now();
  const answer = await round();
  times.push(performance.now() - startedMs);
  if (String(answer) !== wanted) throw new Error(`${name} answered ${String(answer)}`);
}
process.stdout.write(`${JSON.stringify(times)}\n`);

function load<T>(module: string): T {
  const { require, reason } = installPeers();
  if (require === undefined) throw new Error(reason);
  return require(module) as T;
}
