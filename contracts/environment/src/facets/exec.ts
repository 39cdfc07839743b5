import type { Budget } from "../budget.ts";
import type { Call } from "../call.ts";
import type { Exit } from "../exit.ts";

/** Processes inside a machine. */
export interface ExecParams {
  readonly tty: boolean;
  readonly signals: readonly string[];
  readonly concurrentMax: number;
}

export interface ExecDriver {
  exec(request: ExecRequest, call: Call): Promise<ExecHandle>;
}

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly tty?: { readonly columns: number; readonly rows: number } | undefined;
  readonly stdin?: ReadableStream<Uint8Array> | undefined;
  readonly budget?: Budget | undefined;
}

export interface ExecHandle {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exit: Promise<Exit>;
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  signal(name: string): Promise<void>;
}
