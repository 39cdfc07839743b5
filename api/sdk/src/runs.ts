import {
  cancelRun,
  followLogs,
  getOutput,
  getRun,
  type LogView,
  listRuns,
  type ReplayView,
  type RunListQuery,
  type RunPageView,
  type RunView,
  replayRun,
  type SubmitRunBody,
  submitRun,
} from "@bedplate/routes";
import { type BytesLike, toBytesView } from "./bytes.ts";
import type { Transport } from "./transport.ts";

/** What to run; bytes and texts as they are. */
export interface SubmitOptions
  extends Omit<SubmitRunBody, "artifact" | "stdin" | "files" | "input"> {
  /** Source text, bytes, or the digest of a stored artifact. */
  readonly artifact: BytesLike | { readonly digest: string };
  readonly stdin?: BytesLike | undefined;
  readonly files?: Readonly<Record<string, BytesLike>> | undefined;
  readonly input?: BytesLike | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** One round of waiting; the server answers at the end of the run or after this long. */
const waitRoundMs = 30_000;

/** Finite executions. */
export class RunsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Submits a run; with `wait`, answers when it has ended. */
  submit(options: SubmitOptions): Promise<RunView> {
    const { idempotencyKey, signal, artifact, stdin, files, input, ...rest } = options;
    const isStored = typeof artifact === "object" && "digest" in artifact;
    const body: SubmitRunBody = {
      ...rest,
      artifact: isStored ? artifact : toBytesView(artifact as BytesLike),
      ...(stdin !== undefined && { stdin: toBytesView(stdin) }),
      ...(input !== undefined && { input: toBytesView(input) }),
      ...(files !== undefined && { files: mapValues(files, toBytesView) }),
    };
    return this.#transport.call(submitRun, { body, idempotencyKey, signal });
  }

  get(
    id: string,
    options: Waiting & { readonly waitMs?: number | undefined } = {},
  ): Promise<RunView> {
    const { signal, waitMs } = options;
    return this.#transport.call(getRun, { params: { id }, query: { waitMs }, signal });
  }

  /** Waits until the run has ended. */
  async wait(id: string, options: Waiting = {}): Promise<RunView> {
    for (;;) {
      const run = await this.get(id, { ...options, waitMs: waitRoundMs });
      if (run.phase !== "queued" && run.phase !== "running") return run;
    }
  }

  list(query: RunListQuery = {}, options: Waiting = {}): Promise<RunPageView> {
    return this.#transport.call(listRuns, { query, ...options });
  }

  cancel(id: string, options: Waiting = {}): Promise<RunView> {
    return this.#transport.call(cancelRun, { params: { id }, ...options });
  }

  replay(id: string, options: Waiting = {}): Promise<ReplayView> {
    return this.#transport.call(replayRun, { params: { id }, ...options });
  }

  /** What the guest wrote; with `follow`, until it has ended. */
  logs(
    id: string,
    options: Waiting & { readonly follow?: boolean | undefined } = {},
  ): AsyncGenerator<LogView, void, void> {
    const { follow, signal } = options;
    return this.#transport.events(followLogs, { params: { id }, query: { follow }, signal });
  }

  /** The result bytes of a run that has ended. */
  output(id: string, options: Waiting = {}): Promise<Uint8Array> {
    return this.#transport.call(getOutput, { params: { id }, ...options });
  }
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
