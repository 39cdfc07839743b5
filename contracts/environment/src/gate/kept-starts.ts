import { type Digest, digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { KeyedCall } from "../call.ts";
import type { ExecRequest, Process } from "../facets/exec.ts";
import { machineBounds } from "./machine-bounds.ts";

/** Remembers by their keys which processes were started, so that a repeated call starts no second one. */
export class KeptStarts {
  readonly #starts = new Map<
    string,
    { readonly request: Digest; readonly process: Promise<Process> }
  >();

  /** Starts, or answers what the same key started; the key with another request is refused. */
  once(request: ExecRequest, call: KeyedCall, start: () => Promise<Process>): Promise<Process> {
    const name = `${call.principal}\n${call.key}`;
    const digest = digestBytes(Buffer.from(JSON.stringify(request)));
    const earlier = this.#starts.get(name);
    if (earlier === undefined) return this.#keep(name, { request: digest, process: start() });
    if (earlier.request === digest) return earlier.process;
    throw raise("idempotency.mismatch", {
      op: "instance.exec.start",
      detail: { key: call.key, first: earlier.request, now: digest },
      message: `Cannot start the process: the key ${call.key} was used for another request`,
    });
  }

  #keep(
    name: string,
    start: { readonly request: Digest; readonly process: Promise<Process> },
  ): Promise<Process> {
    this.#starts.set(name, start);
    start.process.catch(() => this.#starts.delete(name));
    const [oldest] = this.#starts.keys();
    if (this.#starts.size > machineBounds.startKeysMax && oldest !== undefined) {
      this.#starts.delete(oldest);
    }
    return start.process;
  }
}
