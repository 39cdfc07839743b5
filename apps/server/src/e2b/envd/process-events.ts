import type { ProcessEventSchema } from "@bedplate/e2b";
import type { Exit, Process, ProcessOutput } from "@bedplate/environment";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type SandboxUse, streamTimeoutMs } from "./sandbox-use.ts";

/** One message of a process's stream. */
export interface ProcessMessage {
  readonly event: MessageInitShape<typeof ProcessEventSchema>;
}

/** Its number, then what it writes, then how it ended. */
export async function* processEvents(
  process: Process,
  options: {
    /** From which byte on. Left out: from now on. */
    readonly from?: number | undefined;
    readonly use: SandboxUse;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<ProcessMessage> {
  const { from, use, signal } = options;
  const call = () => use.call({ timeoutMs: streamTimeoutMs, signal });
  const output = use.exec.output({ process: process.id, from }, call())[Symbol.asyncIterator]();
  try {
    // Reading begins before the client hears of the start: what comes after it is in the stream.
    let next = output.next();
    next.catch(() => {});
    yield message({ case: "start", value: { pid: process.pid } });
    for (;;) {
      const { value, done } = await next;
      if (done === true) break;
      yield message({ case: "data", value: dataOf(value) });
      next = output.next();
    }
    const exit = await use.exec.wait({ process: process.id }, call());
    if (exit.isTimedOut === true) throw timeOver();
    yield message({ case: "end", value: endOf(exit) });
  } finally {
    void output.return?.()?.catch(() => {});
  }
}

function message(event: MessageInitShape<typeof ProcessEventSchema>["event"]): ProcessMessage {
  return { event: { event } } as ProcessMessage;
}

const streams = { stdout: "stdout", stderr: "stderr", tty: "pty" } as const;

function dataOf({ stream, data }: ProcessOutput) {
  return { output: { case: streams[stream], value: data as Uint8Array<ArrayBuffer> } };
}

function endOf({ code, signal }: Exit) {
  const status = signal === null ? `exit status ${code}` : `signal: ${wordOf(signal)}`;
  const isFailed = code !== 0;
  return {
    exitCode: code ?? -1,
    exited: signal === null,
    status,
    ...(isFailed && { error: status }),
  };
}

function wordOf(signal: string): string {
  const words: Readonly<Record<string, string>> = {
    SIGKILL: "killed",
    SIGTERM: "terminated",
    SIGINT: "interrupt",
    SIGHUP: "hangup",
  };
  return words[signal] ?? signal;
}

function timeOver(): ConnectError {
  return new ConnectError("Cannot go on with the process: its time is over", Code.DeadlineExceeded);
}
