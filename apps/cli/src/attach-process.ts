import type { ProcessEventView, ProcessView } from "@bedplate/routes";
import { fromBytesView, type MachineProcesses } from "@bedplate/sdk";
import type { Terminal } from "./terminal.ts";

/** What a process is attached to. */
export interface Attachment {
  readonly processes: MachineProcesses;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Whether this command's standard input goes to the process. */
  readonly hasInput: boolean;
  /** Whether the process has a terminal, which then is this command's. */
  readonly isTty: boolean;
}

/** The size of this command's terminal; a common one where it has none. */
export function terminalSize(): { readonly columns: number; readonly rows: number } {
  const { columns = 80, rows = 24 } = process.stdout;
  return { columns: Math.max(1, columns), rows: Math.max(1, rows) };
}

/** Shows what a process writes until it ends, and gives it what is typed; answers its exit code. */
export async function attachProcess(started: ProcessView, attachment: Attachment): Promise<number> {
  const { processes, terminal, signal, hasInput, isTty } = attachment;
  using stack = new DisposableStack();
  const isRaw = isTty && process.stdin.isTTY;
  if (isRaw) {
    process.stdin.setRawMode(true);
    stack.defer(() => void process.stdin.setRawMode(false));
    const onResize = () => void processes.resize(started.id, terminalSize()).catch(() => {});
    process.stdout.on("resize", onResize);
    stack.defer(() => void process.stdout.off("resize", onResize));
  }
  if (hasInput) {
    void feed(started, processes);
    stack.defer(() => void process.stdin.destroy());
  } else forward(started, attachment);
  for await (const event of processes.output(started.id, { from: 0, signal })) {
    show(event, terminal);
    if (event.exit !== undefined) return codeOf(event.exit);
  }
  return codeOf(undefined);
}

/** Shows one piece of output where it belongs. */
export function show({ stream, data }: ProcessEventView, terminal: Terminal): void {
  if (data === undefined) return;
  const bytes = fromBytesView(data);
  if (stream === "stderr") terminal.err(Buffer.from(bytes).toString());
  else terminal.out(bytes);
}

/** The exit code of a process as shells have it: 128 and its number for a signal. */
export function codeOf(exit: ProcessEventView["exit"]): number {
  if (exit === undefined) return 1;
  if (exit.code !== null) return exit.code;
  return 128 + (numbers[exit.signal ?? ""] ?? 0);
}

const numbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

async function feed({ id }: ProcessView, processes: MachineProcesses): Promise<void> {
  try {
    for await (const piece of process.stdin) await processes.write(id, piece as Uint8Array);
    await processes.closeInput(id);
  } catch {
    // The process has ended, or reads no more: its exit tells.
  }
}

/** Ctrl-C is the process's, where it has no terminal that would tell it. */
function forward({ id }: ProcessView, { processes, signal }: Attachment): void {
  const onAbort = () => void processes.signal(id, "SIGINT").catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
}
