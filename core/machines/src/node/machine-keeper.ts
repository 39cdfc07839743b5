import type { Environment, Instance, ResourceUse } from "@bedplate/environment";
import { isFault, toFault } from "@bedplate/errors";
import type { Machine } from "../machine.ts";
import type { HeldMachine } from "../machine-access.ts";
import { decide, type Seen } from "./decide.ts";
import { instanceCall, specOf } from "./instance-form.ts";
import { type KeeperGround, MachineSteps } from "./machine-steps.ts";
import { SampleRing } from "./sample-ring.ts";

/** What a keeper begins with. */
export interface KeeperStart {
  readonly machine: Machine;
  readonly environment: Environment;
  /** The instance that was found, or made by an earlier life. */
  readonly instance?: Instance | undefined;
  /** Says that the machine is this node's no more. */
  readonly onOver: () => void;
}

/** How long one waits before a step is tried again: first, and at most. */
const againMsMin = 200;
const againMsMax = 10_000;
/** How often in a row a step may fail before the machine has. */
const failuresMax = 8;
/** Longest sleep until an expiry: then one looks again. */
const sleepMsMax: number = 24 * 60 * 60 * 1_000;
const statusMs = 10_000;

/** Brings one machine to where it is wanted, one step after the other, for as long as its node has it. */
export class MachineKeeper {
  readonly #ground: KeeperGround;
  readonly #steps: MachineSteps;
  readonly #onOver: () => void;
  readonly #environment: Environment;
  readonly #samples = new SampleRing();
  readonly #ending = new AbortController();
  #machine: Machine;
  #working: Promise<void> | undefined;
  #isTold = false;
  #failures = 0;
  #nap = new AbortController();
  #expiry = new AbortController();

  constructor(ground: KeeperGround, start: KeeperStart) {
    const { machine, environment, instance, onOver } = start;
    this.#ground = ground;
    this.#machine = machine;
    this.#environment = environment;
    this.#onOver = onOver;
    const onRecord = (record: Machine) => this.#note(record);
    const isWanted = () => this.#machine.desired === "running" && !this.#ending.signal.aborted;
    this.#steps = new MachineSteps(ground, { environment, instance, onRecord, isWanted });
  }

  get machine(): Machine {
    return this.#machine;
  }

  /** The way to the machine while it runs or is paused. */
  get held(): HeldMachine | undefined {
    const instance = this.#steps.instance;
    if (instance === undefined || !/^(running|paused)$/.test(instance.phase)) return undefined;
    return {
      declares: this.#environment.manifest.declares,
      facet: (name) => instance.facet(name) as never,
      status: (call) => instance.status(call),
      samples: async () => this.#samples.list(),
    };
  }

  /** Takes up a later form of the record, and works on it. */
  tell(machine: Machine): void {
    this.#note(machine);
    this.wake();
  }

  /** The machine is another node's by now. */
  yield(machine: Machine): void {
    if (machine.epoch > this.#machine.epoch) this.end();
  }

  /** The machine is not this node's any more: what is here of it is ended. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    void this.leave().then(() => this.#endAsFenced());
  }

  /** Looks at once whether there is anything to do. */
  wake(): void {
    this.#isTold = true;
    this.#nap.abort("told");
    if (this.#ending.signal.aborted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#isTold) this.wake();
    });
  }

  /** Notes what the machine uses, and notices when it has ended by itself. */
  async look(): Promise<void> {
    const instance = this.#steps.instance;
    if (instance === undefined || this.#working !== undefined) return;
    const { phase } = instance;
    if (phase === "created") return;
    if (phase !== "running" && phase !== "paused") {
      this.wake();
      return;
    }
    try {
      const now = () => this.#ground.clock.now();
      const call = instanceCall({ key: instance.handle.key, timeoutMs: statusMs, now });
      const { resources } = await instance.status(call);
      if (resources !== undefined) this.#samples.add(resources);
      if (instance.phase !== phase) this.wake();
    } catch (error) {
      const { code } = toFault(error, "machines.look");
      this.#ground.log.warn("machine not looked at", { machineId: this.#machine.id, code });
    }
  }

  /** What the machine used, oldest first. */
  samples(): readonly ResourceUse[] {
    return this.#samples.list();
  }

  /** Does nothing more; the machine goes on. */
  async leave(): Promise<void> {
    this.#ending.abort("left");
    this.#nap.abort("left");
    this.#expiry.abort("left");
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#isTold = false;
      const machine = this.#machine;
      // Its volumes are here: it stays until it ends.
      const isBound = machine.home !== undefined;
      const isLeaving = this.#ground.isLeaving() && this.#steps.isMovable && !isBound;
      const now = this.#ground.clock.now();
      const step = decide(machine, this.#seen(machine), { now, isLeaving });
      if (step === "nothing") {
        if (this.#isTold) continue;
        this.#armExpiry();
        return;
      }
      try {
        await this.#restAsNeeded(step);
        if (this.#machine !== machine || this.#ending.signal.aborted) continue;
        const after = await this.#steps.take(step, machine);
        this.#failures = 0;
        if (after.observed.state === "deleted") return this.#endAsDeleted();
        if (after.node === undefined) return await this.#endAsLeft();
      } catch (error) {
        if (await this.#isFenced(error)) return;
        await this.#rest(error);
        await this.#giveUpAtLast(error);
      }
    }
  }

  #note(machine: Machine): void {
    if (machine.edition > this.#machine.edition) this.#machine = machine;
  }

  #seen(machine: Machine): Seen {
    const phase = this.#steps.instance?.phase;
    if (phase === "created" || phase === "running" || phase === "paused") {
      return { kind: "alive", phase };
    }
    if (phase !== undefined) return { kind: "ended" };
    return machine.instance === undefined ? { kind: "none" } : { kind: "lost" };
  }

  /** A machine that fails again and again is not begun again at once each time. */
  async #restAsNeeded(step: string): Promise<void> {
    const { restarts } = this.#machine;
    if (step !== "restart" || restarts === 0) return;
    await this.#sleep(Math.min(againMsMin * 2 ** restarts, againMsMax));
  }

  /** The store is away, or a step failed that may work the next time. */
  async #rest(error: unknown): Promise<void> {
    const { code, message } = toFault(error, "machines.keep");
    const { id } = this.#machine;
    this.#ground.log.warn("machine's step failed", { machineId: id, code, reason: message });
    await this.#sleep(Math.min(againMsMin * 2 ** this.#failures++, againMsMax));
  }

  /** What goes wrong again and again is told; ending what is to be deleted is tried for ever. */
  async #giveUpAtLast(error: unknown): Promise<void> {
    const fault = toFault(error, "machines.keep");
    if (this.#failures < failuresMax || fault.blame === "provider") return;
    if (this.#machine.desired === "deleted") return;
    this.#failures = 0;
    const after = await this.#steps.fail(this.#machine, fault).catch(() => undefined);
    if (after !== undefined && after.node === undefined) await this.#endAsLeft();
  }

  /** It has no node any more: nothing of it may stay here. */
  async #endAsLeft(): Promise<void> {
    this.#ending.abort("left");
    this.#expiry.abort("left");
    try {
      await this.#steps.destroy(this.#machine);
    } catch (error) {
      const { code } = toFault(error, "machines.leave");
      this.#ground.log.error("machine not ended", { machineId: this.#machine.id, code });
    }
    this.#onOver();
  }

  /** A machine that is another's now is ended here: two must never be one. */
  async #isFenced(error: unknown): Promise<boolean> {
    if (!isFault(error, "fence.stale") && !isFault(error, "resource.missing")) return false;
    if (isFault(error, "resource.missing") && error.fault.detail["type"] !== "machine")
      return false;
    await this.#endAsFenced();
    return true;
  }

  /** Nothing waits for the end of what has ended. */
  #endAsDeleted(): void {
    this.#expiry.abort("deleted");
    this.#onOver();
  }

  async #endAsFenced(): Promise<void> {
    const { id } = this.#machine;
    this.#ground.log.warn("machine was given to another node", { machineId: id });
    try {
      await this.#steps.destroy(this.#machine);
    } catch (error) {
      const { code } = toFault(error, "machines.fence");
      this.#ground.log.error("fenced machine not ended", { machineId: id, code });
    }
    this.#onOver();
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isTold) return;
    this.#nap = new AbortController();
    const signal = AbortSignal.any([this.#nap.signal, this.#ending.signal]);
    await this.#ground.clock.sleep(ms, { signal }).catch(() => {});
  }

  #armExpiry(): void {
    this.#expiry.abort("anew");
    const { expiresAt } = this.#machine.lifetime;
    if (expiresAt === undefined || this.#machine.desired === "deleted") return;
    this.#expiry = new AbortController();
    const { clock, control, log } = this.#ground;
    const { signal } = this.#expiry;
    const ms = Math.min(Math.max(0, expiresAt - clock.now()), sleepMsMax);
    const expire = async () => {
      await clock.sleep(ms, { signal });
      this.tell(await control.expire(this.#machine));
    };
    expire().catch((error: unknown) => {
      if (signal.aborted) return;
      log.warn("machine not expired", { code: toFault(error, "machines.expire").code });
      void clock.sleep(againMsMax, { signal }).then(
        () => this.wake(),
        () => {},
      );
    });
  }
}

/** The record under which an instance is found again. */
export function recordOf(
  machine: Machine,
  handle: Instance["handle"],
): Parameters<Environment["recover"]>[0] {
  return { handle, spec: specOf(machine) };
}
