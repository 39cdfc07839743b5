import type { BlobStore } from "@bedplate/blob";
import type { Clock } from "@bedplate/clock";
import type { Environment, Instance, KeyedCall, SnapshotScope } from "@bedplate/environment";
import { type Fault, isFault, raise, toFault } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import type { Machine, ObservedState } from "../machine.ts";
import { captureMachine } from "../machine-snapshots.ts";
import { beginStart } from "./begin-start.ts";
import { restartsOf, type Step } from "./decide.ts";
import { instanceCall, instanceKey, specOf, storeHandle } from "./instance-form.ts";
import type { MachineReport, NodeControl } from "./node-control.ts";

/** What steps are taken with. */
export interface KeeperGround {
  readonly node: string;
  readonly control: NodeControl;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the node gives up its machines. */
  readonly isLeaving: () => boolean;
  /** Does the work of a move when it is this machine's turn, and while nobody uses its ports. */
  readonly departure: (machine: Machine, work: () => Promise<Machine>) => Promise<Machine>;
}

const createMs = 120_000;
const startMs = 120_000;
const stopMs = 60_000;
const captureMs = 600_000;
const pauseMs = 30_000;
/** A state on the way is told only where it lasts. */
const tellAfterMs = 150;
/** How often making an instance is tried before the machine has failed. */
const triesMax = 3;

/** The steps of one machine, on its instance. */
export class MachineSteps {
  readonly #ground: KeeperGround;
  readonly #environment: Environment;
  readonly #onRecord: (machine: Machine) => void;
  readonly #isWanted: () => boolean;
  #instance: Instance | undefined;
  #tries = 0;

  constructor(
    ground: KeeperGround,
    options: {
      readonly environment: Environment;
      readonly instance?: Instance | undefined;
      /** Told of every form of the record that a report answered with. */
      readonly onRecord: (machine: Machine) => void;
      /** Whether it is wanted to run, as far as is known by now. */
      readonly isWanted: () => boolean;
    },
  ) {
    this.#ground = ground;
    this.#environment = options.environment;
    this.#onRecord = options.onRecord;
    this.#isWanted = options.isWanted;
    this.#instance = options.instance;
  }

  get instance(): Instance | undefined {
    return this.#instance;
  }

  /** Takes one step; answers the record after it. */
  take(step: Exclude<Step, "nothing">, machine: Machine): Promise<Machine> {
    switch (step) {
      case "tell-running":
        return this.#begin(machine);
      case "tell-paused":
        return this.#report(machine, { state: "paused" });
      case "tell-stopped":
        return this.#report(machine, { state: "stopped", ...without(machine) });
      case "tell-deleted":
        return this.#report(machine, { state: "deleted", instance: null });
      case "create":
        return this.#create(machine);
      case "start":
        return this.#start(machine);
      case "pause":
        return this.#pause(machine);
      case "resume":
        return this.#resume(machine);
      case "halt":
        return this.#halt(machine);
      case "destroy":
        return this.#end(machine);
      case "restart":
        return this.#restart(machine);
      case "fail":
        return this.#fail(machine);
      case "move":
        return this.#ground.departure(machine, () => this.#move(machine));
    }
  }

  /** Ends what is there of the machine, and releases it. */
  async destroy(machine: Machine): Promise<void> {
    const instance = this.#instance;
    if (instance === undefined) return;
    if (/^(running|paused|created)$/.test(instance.phase)) {
      await instance.stop({ graceMs: 0 }, this.#call(machine, stopMs));
    }
    await instance.release(this.#call(machine, stopMs));
    this.#instance = undefined;
  }

  async #create(machine: Machine): Promise<Machine> {
    try {
      await this.#telling(machine, "preparing", async () => {
        const call = this.#call(machine, createMs);
        this.#instance = await this.#environment.create(specOf(machine), call);
      });
    } catch (error) {
      return this.#failedStart(machine, error);
    }
    return this.#start(machine);
  }

  async #start(machine: Machine): Promise<Machine> {
    const instance = this.#held();
    try {
      await this.#telling(machine, "starting", () => instance.start(this.#call(machine, startMs)));
    } catch (error) {
      return this.#failedStart(machine, error);
    }
    this.#tries = 0;
    return this.#begin(machine, { isNew: true });
  }

  /** What it runs at its start comes before it counts as running, in an instance that was never told of. */
  async #begin(
    machine: Machine,
    options: { readonly isNew?: boolean | undefined } = {},
  ): Promise<Machine> {
    const { start, instance, source } = machine;
    // Memory that was restored has it in it.
    const isBegun = instance !== undefined || source?.manifest.scope === "machine";
    if (start === undefined || isBegun) return this.#tellRunning(machine, options);
    const ground = {
      exec: this.#held().facet("exec"),
      clock: this.#ground.clock,
      call: (key: string, timeoutMs: number) => this.#call(machine, timeoutMs, key),
      isWanted: this.#isWanted,
    };
    try {
      const begun = await this.#telling(machine, "starting", () => beginStart(start, ground));
      // Whoever has it next begins with the wish there is then, or waits until it is ready.
      if (begun === "unwanted") return machine;
    } catch (error) {
      await this.destroy(machine);
      const fault = plain(toFault(error, "machines.start"));
      return this.#report(machine, { state: "failed", fault, ...without(machine) });
    }
    return this.#tellRunning(machine, options);
  }

  /** One that is wanted otherwise by now is told by the step that follows. */
  #tellRunning(
    machine: Machine,
    options: { readonly isNew?: boolean | undefined } = {},
  ): Promise<Machine> {
    const startedAt = this.#ground.clock.now();
    const { instance } = this.#within(machine);
    const news = options.isNew === true ? { startedAt } : {};
    return this.#report(machine, { state: "running", instance, ...news });
  }

  /** The instance as it is written down. */
  #within(machine: Machine): { readonly instance: NonNullable<Machine["instance"]> } {
    const startedAt = machine.instance?.startedAt ?? this.#ground.clock.now();
    return { instance: { handle: storeHandle(this.#held().handle), startedAt } };
  }

  async #pause(machine: Machine): Promise<Machine> {
    if (this.#environment.manifest.declares.pause === undefined) {
      return this.#report(machine, { state: "failed", fault: cannot("pause", machine) });
    }
    const pause = this.#held().facet("pause");
    await this.#telling(machine, "pausing", () => pause.pause(this.#call(machine, pauseMs)));
    return this.#report(machine, { state: "paused", ...this.#within(machine) });
  }

  async #resume(machine: Machine): Promise<Machine> {
    const pause = this.#held().facet("pause");
    await this.#telling(machine, "starting", () => pause.resume(this.#call(machine, pauseMs)));
    return this.#tellRunning(machine);
  }

  /** The disk is on record before anything ends: a crash in between loses nothing. */
  async #halt(machine: Machine): Promise<Machine> {
    const { declares } = this.#environment.manifest;
    await this.#report(machine, { state: "stopping" });
    if (declares.snapshot?.scopes.includes("files") === true) await this.#keep(machine, "files");
    await this.destroy(machine);
    return this.#report(machine, { state: "stopped", ...without(machine) });
  }

  /** True where another node can go on with what is kept of it. */
  get isMovable(): boolean {
    return this.#environment.manifest.declares.snapshot !== undefined;
  }

  /** With memory and processes where the environment can do that, else with its disk. */
  async #move(machine: Machine): Promise<Machine> {
    const phase = this.#instance?.phase;
    const { scopes = [] } = this.#environment.manifest.declares.snapshot ?? {};
    const events = [{ kind: "moving" as const }];
    if (phase === "running" || phase === "paused") {
      await this.#report(machine, { state: "stopping", events });
      await this.#keep(machine, scopes.includes("machine") ? "machine" : "files");
    }
    await this.destroy(machine);
    return this.#report(machine, { state: "pending", leaves: true, ...without(machine) });
  }

  /** Captures it, and has the next start begin with that. */
  async #keep(machine: Machine, scope: SnapshotScope): Promise<void> {
    const { declares } = this.#environment.manifest;
    if (declares.pause !== undefined && this.#held().phase === "running") {
      await this.#held().facet("pause").pause(this.#call(machine, pauseMs));
    }
    const instance = this.#held();
    const manifest = await captureMachine(
      { facet: (name) => instance.facet(name) as never },
      { scope, call: this.#call(machine, captureMs), blobs: this.#ground.blobs },
    );
    await this.#report(machine, { state: "stopping", source: { manifest } });
  }

  async #end(machine: Machine): Promise<Machine> {
    if (machine.observed.state !== "stopping") await this.#report(machine, { state: "stopping" });
    await this.destroy(machine);
    const state = machine.desired === "deleted" ? "deleted" : "stopped";
    return this.#report(machine, { state, ...without(machine) });
  }

  async #restart(machine: Machine): Promise<Machine> {
    await this.destroy(machine);
    const restarts = restartsOf(machine, this.#ground.clock.now()) + 1;
    const events = [{ kind: "restarting" as const, detail: { restarts } }];
    return this.#report(machine, { state: "preparing", ...without(machine), restarts, events });
  }

  async #fail(machine: Machine): Promise<Machine> {
    await this.destroy(machine);
    return this.#report(machine, { state: "failed", fault: ended(machine), ...without(machine) });
  }

  /** What the caller is to blame for fails at once; anything else is tried again. */
  async #failedStart(machine: Machine, error: unknown): Promise<Machine> {
    const fault = toFault(error, "machines.start");
    this.#ground.log.warn("machine not started", { machineId: machine.id, code: fault.code });
    await this.destroy(machine).catch(() => {
      this.#instance = undefined;
    });
    // What is full, or held, may be free in a moment.
    const isPassing = fault.code === "quota.exceeded" || fault.code === "resource.busy";
    const isHopeless = fault.blame === "caller" && !isPassing;
    if (!isHopeless && ++this.#tries < triesMax) {
      await this.#report(machine, { state: "preparing", ...without(machine) });
      throw error;
    }
    this.#tries = 0;
    return this.#report(machine, { state: "failed", fault: plain(fault), ...without(machine) });
  }

  /** Does something, and says that it is going on where it takes long. */
  async #telling<T>(machine: Machine, state: ObservedState, work: () => Promise<T>): Promise<T> {
    const done = new AbortController();
    const telling = this.#tellLater(machine, state, done.signal);
    try {
      return await work();
    } finally {
      done.abort("done");
      await telling;
    }
  }

  async #tellLater(machine: Machine, state: ObservedState, signal: AbortSignal): Promise<void> {
    try {
      await this.#ground.clock.sleep(tellAfterMs, { signal });
      await this.#report(machine, { state });
    } catch (error) {
      // What is told on the way may fail: what comes of it is told as well.
      if (!signal.aborted && !isFault(error)) throw error;
    }
  }

  /** Says of a machine that it failed, whatever is there of it. */
  fail(machine: Machine, fault: Fault): Promise<Machine> {
    return this.#report(machine, { state: "failed", fault: plain(fault) });
  }

  async #report(machine: Machine, report: Omit<MachineReport, "generation">): Promise<Machine> {
    const { node, control } = this.#ground;
    const { project, id, epoch, generation } = machine;
    const after = await control.report({ project, id, node, epoch }, { ...report, generation });
    this.#onRecord(after);
    return after;
  }

  #held(): Instance {
    if (this.#instance !== undefined) return this.#instance;
    throw raise("internal.bug", {
      op: "machines.step",
      detail: { where: "machine-steps" },
      message: "Cannot take the step: the machine has no instance",
    });
  }

  #call(machine: Machine, timeoutMs: number, part?: string): KeyedCall {
    const now = () => this.#ground.clock.now();
    const key = instanceKey(machine);
    return instanceCall({ key: part === undefined ? key : `${key}.${part}`, timeoutMs, now });
  }
}

/** The next instance has another key. */
function without({ attempt }: Machine): Pick<MachineReport, "instance" | "attempt"> {
  return { instance: null, attempt: attempt + 1 };
}

/** Of a fault, what a record keeps. */
function plain(fault: Fault): Fault {
  return { ...fault, causes: [] };
}

function ended({ id }: Machine): Fault {
  return raise("plugin.crashed", {
    op: "machines.keep",
    subject: `machine/${id}`,
    detail: { reason: "it ended by itself" },
    message: `Cannot go on with machine/${id}: it ended by itself`,
  }).fault;
}

function cannot(facet: string, { id, slot }: Machine): Fault {
  return raise("capability.undeclared", {
    op: `machines.${facet}`,
    subject: `machine/${id}`,
    detail: { facet },
    message: `Cannot ${facet} machine/${id}: the environment of slot/${slot} does not declare ${facet}`,
  }).fault;
}
