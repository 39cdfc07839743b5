import type {
  Call,
  Exit,
  FacetsOf,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  Invocation,
  KeyedCall,
  Mark,
} from "@bedplate/environment";
import type { FakeDeclares } from "./fake-manifest.ts";
import type { FakeOperations } from "./fake-operations.ts";
import type { FakeCell, FakeRoom } from "./fake-room.ts";
import { runScript } from "./fake-run.ts";

/** A way to one cell; several hosts, one after the other, may hold one. */
export class FakeInstance implements InstanceDriver<FakeDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<FakeDeclares>;
  readonly #cell: FakeCell;
  readonly #room: FakeRoom;
  readonly #operations: FakeOperations;

  constructor(
    cell: FakeCell,
    options: { readonly room: FakeRoom; readonly operations: FakeOperations },
  ) {
    this.#cell = cell;
    this.#room = options.room;
    this.#operations = options.operations;
    this.handle = cell.handle;
    this.facets = {
      invoke: { run: (invocation, call) => this.#invoke(invocation, call) },
      rewind: {
        mark: (call) => this.#remember("mark", call, () => cell.memory.mark()),
        rewind: (mark: Mark, call) =>
          this.#remember("rewind", call, () => cell.memory.rewind(mark.id)),
        settle: (mark: Mark, call) =>
          this.#remember("settle", call, () => cell.memory.settle(mark.id)),
        digest: (call) => this.#remember("digest", call, () => cell.memory.digest()),
      },
      observe: cell.hub,
    };
  }

  async start(call: KeyedCall): Promise<void> {
    await this.#operations.begin("start", call.signal);
    if (this.#cell.phase === "created") this.#cell.move("running", this.#now());
  }

  async status(call: Call): Promise<InstanceStatus> {
    await this.#operations.begin("status", call.signal);
    const { phase, sinceAt, usage, exit } = this.#cell;
    return { phase, sinceAt, usage, ...(exit && { exit }) };
  }

  async stop(_how: object, call: KeyedCall): Promise<Exit> {
    await this.#operations.begin("stop", call.signal);
    const cell = this.#cell;
    cell.exit ??= { code: 0, signal: null, isOutOfMemory: false, at: this.#now() };
    cell.move("stopped", this.#now());
    return cell.exit;
  }

  async release(call: KeyedCall): Promise<void> {
    await this.#operations.begin("release", call.signal);
    this.#cell.move("released", this.#now());
    this.#room.delete(this.handle.id);
  }

  async #invoke(invocation: Invocation, call: Call) {
    await this.#operations.begin("invoke", call.signal);
    const cell = this.#cell;
    const { execution, slots } = await runScript({
      script: cell.script,
      invocation,
      call,
      clock: this.#operations.clock,
      hub: cell.hub,
      isStopped: () => cell.phase !== "running",
      fork: () => cell.memory.fork(),
    });
    cell.add(execution.usage);
    const isKept = cell.spec.config["session"] === true && execution.outcome.kind === "returned";
    if (isKept) cell.memory.keep(slots);
    return execution;
  }

  async #remember<T>(
    verb: "mark" | "rewind" | "settle" | "digest",
    call: Call,
    work: () => T,
  ): Promise<T> {
    await this.#operations.begin(verb, call.signal);
    return work();
  }

  #now(): number {
    return this.#operations.clock.now();
  }
}
