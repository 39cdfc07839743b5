import { existsSync } from "node:fs";
import type { Digest } from "@bedplate/codec";
import type {
  Call,
  Exit,
  FacetsOf,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  KeyedCall,
  StopOptions,
  Usage,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Cgroup } from "../cgroup/cgroup.ts";
import { until } from "../cgroup/folder.ts";
import { type MachineFacets, machineFacets } from "../facets/machine-facets.ts";
import { GuestLink } from "../guest/guest-link.ts";
import { guestPlace } from "../guest/guest-place.ts";
import { startTicksOf } from "../launch/process-identity.ts";
import type { ContainerDeclares } from "../manifest.ts";
import { writeBounds } from "./bound-files.ts";
import { clearMachine } from "./build-machine.ts";
import { cgroupName } from "./cgroup-name.ts";
import { type Ground, hostTimeoutMs } from "./ground.ts";
import { launchMachine } from "./launch-machine.ts";
import { readExit } from "./machine-exit.ts";
import { type MachineFolder, machineFolder } from "./machine-folder.ts";
import type { MachinePlan } from "./machine-plan.ts";
import { type MachineRecord, writeRecord } from "./machine-record.ts";
import { Turns } from "./stand-still.ts";

/** One machine: what is on the host is the truth, and this a way to it. */
export class Machine implements InstanceDriver<ContainerDeclares> {
  readonly facets: FacetsOf<ContainerDeclares>;
  readonly folder: MachineFolder;
  readonly cgroup: Cgroup;
  readonly guest: GuestLink;
  readonly ground: Ground;
  /** Captures, pauses and resumptions. */
  readonly turns: Turns = new Turns();
  readonly #onReleased: () => void;
  #record: MachineRecord;
  #releasing: Promise<void> | undefined;
  /** What ends with this process, though the machine does not. */
  readonly #own: MachineFacets["own"];

  constructor(ground: Ground, options: { readonly record: MachineRecord; onReleased(): void }) {
    this.ground = ground;
    this.#record = options.record;
    this.#onReleased = options.onReleased;
    this.folder = machineFolder(options.record.id, ground.config);
    this.cgroup = ground.cgroups.named(cgroupName(options.record));
    this.guest = new GuestLink(() => guestPlace(ground, this));
    const { facets, own } = machineFacets(this);
    this.facets = facets;
    this.#own = own;
  }

  get handle(): InstanceHandle {
    return handleOf(this.#record);
  }

  get record(): MachineRecord {
    return this.#record;
  }

  /** Changes the record, here and on disk. */
  note(change: Partial<MachineRecord>): void {
    this.#record = { ...this.#record, ...change };
    writeRecord(this.folder.record, this.#record);
  }

  async start(call: KeyedCall): Promise<void> {
    await this.warmUp(call);
    if (this.#record.begunAt === undefined) this.note({ begunAt: Date.now() });
  }

  /** Gives a machine of the pool to an owner, as far as it still can be changed. */
  async give(plan: MachinePlan, key: string): Promise<void> {
    const { caps, env, egress } = plan;
    const { memoryBytes, cpuMillis, processes } = caps;
    const isSentry = this.#record.runtime === "runsc";
    this.cgroup.limit({ memoryBytes, cpuMillis, processesMax: isSentry ? undefined : processes });
    if (isSentry) writeBounds(this.folder, caps);
    if (egress !== undefined) {
      await this.ground.networks.setPolicy(this.#record.berth, egress);
    }
    this.note({ key, caps, env, egress, isSpare: undefined, createdAt: Date.now() });
  }

  /** Starts the machine's first process; nothing of an owner's runs before `start`. */
  async warmUp(call: Call): Promise<void> {
    const isRestored = existsSync(this.folder.checkpoint);
    if (this.#record.started === undefined) this.#record = await launchMachine(this.ground, this);
    const guest = await this.guest.hello(call);
    // Clones of one memory have one chance, name and time, until they are told apart.
    if (isRestored) await guest.reseed(this.#newIdentity(), { signal: call.signal });
  }

  async status(_call: Call): Promise<InstanceStatus> {
    const { phase, sinceAt } = this.#phase();
    const exit = this.exit();
    const usage = this.cgroup.usage();
    const now = {
      at: Date.now(),
      cpuMs: Math.round(usage.cpuMs),
      memoryBytes: usage.memoryBytes,
      cacheBytes: usage.cacheBytes,
      processes: usage.processes,
    };
    return {
      phase,
      sinceAt,
      usage: this.#usage(),
      ...(exit && { exit }),
      ...(phase === "failed" && { fault: lostFault(this.handle.id) }),
      ...(phase !== "released" && { resources: now }),
    };
  }

  #newIdentity(): { realtimeMs: number; machineId: string } {
    return { realtimeMs: Date.now(), machineId: this.#record.incarnation };
  }

  /** How it ended; undefined while it has not. */
  exit(): Exit | undefined {
    const exit = readExit(this.folder.exit);
    if (exit === undefined) return undefined;
    const isOutOfMemory = exit.signal === "SIGKILL" && this.cgroup.usage().outOfMemoryKills > 0;
    return { ...exit, isOutOfMemory };
  }

  async stop({ graceMs }: StopOptions, call: KeyedCall): Promise<Exit> {
    const before = this.exit();
    if (before !== undefined) return before;
    if (this.#record.started === undefined)
      return { code: 0, signal: null, isOutOfMemory: false, at: Date.now() };
    this.cgroup.thaw();
    if (graceMs > 0) await this.#ask(graceMs, call);
    await this.guest.close();
    await this.cgroup.kill({ timeoutMs: hostTimeoutMs });
    const what = "the machine's exit is known";
    await until(() => this.#hasEnded(), { timeoutMs: hostTimeoutMs, what }).catch(() => {});
    await this.#own[Symbol.asyncDispose]();
    return this.exit() ?? { code: null, signal: "SIGKILL", isOutOfMemory: false, at: Date.now() };
  }

  release(_call: KeyedCall): Promise<void> {
    // What failed is tried again by who asks again.
    this.#releasing ??= this.#release().catch((error: unknown) => {
      this.#releasing = undefined;
      throw error;
    });
    return this.#releasing;
  }

  async #release(): Promise<void> {
    await this.detach();
    const { id, berth } = this.#record;
    await clearMachine(this.ground, { id, berth, record: this.#record });
    this.#onReleased();
  }

  /** Serves the ports again that an earlier life of this host had opened. */
  async resume(): Promise<void> {
    await this.#own.resume();
  }

  /** Ends what this process holds of the machine, and leaves the machine. */
  async detach(): Promise<void> {
    await this.guest.end();
    await this.#own[Symbol.asyncDispose]();
  }

  // A guest that does not listen is killed when the grace is over all the same.
  async #ask(graceMs: number, call: KeyedCall): Promise<void> {
    // The agent goes when nobody is connected any more.
    void this.guest.shutdown(graceMs, call).then(
      () => this.guest.close(),
      () => {},
    );
    await until(() => this.#hasEnded(), {
      timeoutMs: graceMs,
      what: "the machine has ended",
    }).catch(() => {});
  }

  /** A machine that somebody else released has no exit any more. */
  #hasEnded(): boolean {
    return existsSync(this.folder.exit) || !existsSync(this.folder.record);
  }

  #phase(): { readonly phase: InstanceStatus["phase"]; readonly sinceAt: number } {
    const { started, begunAt, pausedAt, createdAt } = this.#record;
    if (!existsSync(this.folder.record)) return { phase: "released", sinceAt: Date.now() };
    const exit = readExit(this.folder.exit);
    if (exit !== undefined) return { phase: "stopped", sinceAt: exit.at };
    if (started === undefined || begunAt === undefined) {
      return { phase: "created", sinceAt: createdAt };
    }
    if (startTicksOf(started.pid) !== started.startTicks)
      return { phase: "failed", sinceAt: Date.now() };
    if (pausedAt !== undefined) return { phase: "paused", sinceAt: pausedAt };
    return { phase: "running", sinceAt: begunAt };
  }

  #usage(): Usage {
    const { cpuMs, memoryPeakBytes } = this.cgroup.usage();
    const { begunAt } = this.#record;
    const endAt = readExit(this.folder.exit)?.at ?? Date.now();
    const wallMs = begunAt === undefined ? 0 : Math.max(0, endAt - begunAt);
    return {
      fuel: 0,
      wallMs,
      cpuMs: Math.round(cpuMs),
      memoryBytes: memoryPeakBytes,
      outputBytes: 0,
    };
  }
}

/** The handle of a machine that is on record. */
export function handleOf({ id, key, release, owner, incarnation }: MachineRecord): InstanceHandle {
  return { id, key, release: release as Digest, owner, incarnation, state: new Uint8Array() };
}

function lostFault(id: string) {
  return raise("plugin.crashed", {
    op: "instance.status",
    subject: `instance/${id}`,
    detail: { reason: "its processes are gone, and nobody kept their exit" },
    message: "The machine is gone: its first process ended while its warden was not there",
  }).fault;
}
