import { type Digest, digestValue } from "@bedplate/codec";
import type {
  Budget,
  Call,
  Execution,
  Exit,
  FacetsOf,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  Invocation,
  KeyedCall,
  Mark,
  StopOptions,
} from "@bedplate/environment";
import { InstanceLife, ObservationHub } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { monotonicMs } from "../channel/monotonic.ts";
import { engineKey } from "./engine.ts";
import type { GuestPool } from "./guest-pool.ts";
import type { GuestProcess } from "./guest-process.ts";
import { InstanceMarks } from "./instance-marks.ts";
import { type PythonDeclares, pythonManifest, type SettledConfig } from "./python-manifest.ts";
import { runGuest } from "./run-guest.ts";

/** What an instance is made of. */
export interface InstanceParts {
  readonly handle: InstanceHandle;
  readonly script: Uint8Array;
  /** What a run may name. */
  readonly entries: readonly string[];
  readonly config: SettledConfig;
  readonly caps: Budget;
  readonly tenant: string;
  readonly pool: GuestPool;
  readonly onReleased: () => void;
}

/**
 * One script. Each run gets a process in the base state; a session keeps its process, and with it
 * the state that its runs build up.
 */
export class PythonInstance implements InstanceDriver<PythonDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<PythonDeclares>;
  readonly #parts: InstanceParts;
  readonly #marks = new InstanceMarks();
  readonly #hub = new ObservationHub(pythonManifest.declares.observe);
  readonly #life = new InstanceLife(Date.now);
  #session: GuestProcess | undefined;
  #current: GuestProcess | undefined;
  #isBusy = false;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.handle = parts.handle;
    this.facets = {
      invoke: {
        run: (invocation, call) => this.#alone("invoke", () => this.#run(invocation, call)),
      },
      rewind: {
        mark: () => this.#alone("rewind", () => this.#mark()),
        rewind: (mark: Mark) => this.#alone("rewind", () => this.#leaveMark("rewind", mark)),
        settle: (mark: Mark) => this.#alone("rewind", () => this.#leaveMark("settle", mark)),
        digest: () => this.#alone("rewind", () => this.#digest()),
      },
      observe: this.#hub,
    };
  }

  async start(_call: KeyedCall): Promise<void> {
    if (this.#life.status.phase !== "created") return;
    // The first run's wall time should not pay for starting the interpreter.
    await this.#parts.pool.ready();
    this.#life.move("running");
  }

  async status(_call: Call): Promise<InstanceStatus> {
    return this.#life.status;
  }

  async stop(_how: StopOptions, _call: KeyedCall): Promise<Exit> {
    this.#current?.kill();
    this.#hub.close();
    return this.#life.stop();
  }

  async release(_call: KeyedCall): Promise<void> {
    await this.#leaveSession();
    this.end();
    this.#parts.onReleased();
  }

  /** Ends whatever still runs. */
  end(): void {
    this.#current?.kill();
    this.#hub.close();
    if (this.#session !== undefined) this.#dropSession();
    this.#life.move("released");
  }

  async #run(invocation: Invocation, call: Call): Promise<Execution> {
    const { config, script, caps, tenant, pool } = this.#parts;
    this.#demandEntry(invocation.entry);
    const process = await this.#process();
    await process.idle();
    // Waiting for a process is not the guest's doing.
    const startedAtMs = monotonicMs();
    this.#current = process;
    let isClean = false;
    try {
      const execution = await runGuest(process, {
        invocation,
        call,
        config,
        script,
        caps,
        hub: this.#hub,
        startedAtMs,
      });
      this.#life.add(execution.usage);
      isClean = !process.isOver;
      return execution;
    } finally {
      this.#current = undefined;
      if (!config.session) pool.release(process, tenant, { isClean });
      else if (process.isOver) this.#failSession();
    }
  }

  /** Before anything runs: a script that never comes to its end would otherwise hide a wrong name. */
  #demandEntry(entry: string): void {
    const { entries, config } = this.#parts;
    if (entries.includes(entry) || (config.session && entry === "eval")) return;
    throw raise("argument.invalid", {
      op: "instance.invoke",
      detail: { path: "/entry", rule: "main, or a function at the top level of the script" },
      message: "Cannot invoke: the script has no function of that name",
    });
  }

  async #process(): Promise<GuestProcess> {
    const { config, pool, tenant } = this.#parts;
    if (!config.session) return pool.lease(tenant);
    this.#session ??= await pool.lease(tenant);
    return this.#session;
  }

  async #mark(): Promise<Mark> {
    const mark = this.#marks.open();
    if (!this.#parts.config.session) return mark;
    const process = await this.#process();
    await process.request({ order: "mark", mark: this.#marks.number(mark) }, []);
    return mark;
  }

  async #leaveMark(order: "rewind" | "settle", mark: Mark): Promise<void> {
    const number = this.#marks.number(mark);
    for (const inner of this.#marks.close(mark)) {
      if (inner !== number) await this.#session?.request({ order: "settle", mark: inner }, []);
    }
    await this.#session?.request({ order, mark: number }, []);
  }

  async #digest(): Promise<Digest> {
    const { config } = this.#parts;
    // Without a session, or before its first run, the state is the base state of the build.
    if (!config.session || this.#session === undefined) {
      if (!config.session) return digestValue([engineKey()]);
    }
    const process = await this.#process();
    const { answer } = await process.request({ order: "digest" }, []);
    if (answer.answer !== "digest") throw new Error("the guest process answered something else");
    return digestValue([engineKey(), answer.digest]);
  }

  async #alone<T>(verb: string, work: () => Promise<T>): Promise<T> {
    if (this.#life.status.phase === "failed") throw this.#lost(verb);
    if (this.#isBusy) throw this.#busy(verb);
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async #leaveSession(): Promise<void> {
    const session = this.#session;
    if (session === undefined || session.isOver || this.#isBusy) return;
    this.#session = undefined;
    const { pool, tenant } = this.#parts;
    const isClean = await session.request({ order: "reset" }, []).then(
      () => true,
      () => false,
    );
    pool.release(session, tenant, { isClean });
  }

  #dropSession(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) {
      this.#parts.pool.release(session, this.#parts.tenant, { isClean: false });
    }
  }

  /** The session's state went with its process: it cannot go on as if nothing had happened. */
  #failSession(): void {
    this.#dropSession();
    if (this.#life.status.phase === "running") this.#life.move("failed");
    this.#hub.close();
  }

  #busy(verb: string): Error {
    return raise("resource.busy", {
      op: `instance.${verb}`,
      subject: `instance/${this.handle.id}`,
      detail: { type: "instance", id: this.handle.id, by: "another call" },
      message: `Cannot ${verb} instance/${this.handle.id}: it does one thing at a time`,
    });
  }

  #lost(verb: string): Error {
    return raise("plugin.crashed", {
      op: `instance.${verb}`,
      subject: `instance/${this.handle.id}`,
      effect: "none",
      detail: { reason: "the session's process ended" },
      message: `Cannot ${verb} instance/${this.handle.id}: its session ended with its process`,
    });
  }
}
