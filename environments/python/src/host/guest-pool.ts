import { raise } from "@bedplate/errors";
import type { Engine } from "./engine.ts";
import { GuestProcess } from "./guest-process.ts";

/** What a pool keeps. */
export interface PoolOptions {
  readonly engine: () => Promise<Engine>;
  /** Processes that wait for a first tenant. */
  readonly warm: number;
  /** Processes that wait for the tenant that they served before. */
  readonly kept: number;
  /** Processes at once, waiting or busy. */
  readonly most: number;
}

interface Kept {
  readonly tenant: string;
  readonly process: GuestProcess;
}

/**
 * Guest processes, started ahead of need. A process that has served a tenant is reset to the base
 * state and serves that tenant only; no other ever gets it.
 */
export class GuestPool {
  readonly #options: PoolOptions;
  #warm: readonly Promise<GuestProcess>[] = [];
  #kept: Kept[] = [];
  readonly #all = new Set<GuestProcess>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Starts what should be waiting. */
  fill(): void {
    while (!this.#isClosed && this.#warm.length < this.#options.warm) {
      const starting = this.#start();
      this.#warm = [...this.#warm, starting];
      starting.catch(() => {
        this.#warm = this.#warm.filter((each) => each !== starting);
      });
    }
  }

  /** Resolves when a process waits, or could be started at once. */
  async ready(): Promise<void> {
    await this.#options.engine();
    this.fill();
    if (this.#kept.length === 0) await this.#warm[0];
  }

  /** A process in the base state; waits while the most are busy. */
  async lease(tenant: string): Promise<GuestProcess> {
    await this.#room();
    this.#busy++;
    try {
      return await this.#find(tenant);
    } catch (error) {
      this.#busy--;
      this.#queue.shift()?.();
      throw error;
    }
  }

  /** Gives a process back: kept for its tenant when it is in the base state, ended otherwise. */
  release(process: GuestProcess, tenant: string, options: { readonly isClean: boolean }): void {
    this.#busy--;
    this.#queue.shift()?.();
    if (!options.isClean || process.isOver || this.#isClosed || this.#options.kept === 0) {
      process.kill();
    } else {
      this.#kept.push({ tenant, process });
      if (this.#kept.length > this.#options.kept) this.#kept.shift()?.process.kill();
    }
    this.fill();
  }

  /** Ends every process, busy ones too. */
  close(): void {
    this.#isClosed = true;
    for (const process of this.#all) process.kill();
    this.#warm = [];
    this.#kept = [];
    for (const wake of this.#queue.splice(0)) wake();
  }

  async #room(): Promise<void> {
    while (this.#busy >= this.#options.most && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    if (!this.#isClosed) return;
    throw raise("resource.closed", {
      op: "python.lease",
      detail: { type: "environment" },
      message: "Cannot run the script: the environment is closed",
    });
  }

  async #find(tenant: string): Promise<GuestProcess> {
    const known = this.#takeKept(tenant);
    if (known !== undefined) return known;
    const [next = this.#start(), ...others] = this.#warm;
    this.#warm = others;
    const process = await next;
    this.fill();
    // It may have ended while it waited; a second one is fresh.
    return process.isOver ? this.#start() : process;
  }

  /** One that still puts back what its last run changed comes after a warm one. */
  #takeKept(tenant: string): GuestProcess | undefined {
    this.#kept = this.#kept.filter(({ process }) => !process.isOver);
    const own = this.#kept.filter((each) => each.tenant === tenant);
    const idle = own.findLast(({ process }) => process.isIdle);
    const taken = idle ?? (this.#warm.length === 0 ? own.at(-1) : undefined);
    this.#kept = this.#kept.filter((each) => each !== taken);
    return taken?.process;
  }

  async #start(): Promise<GuestProcess> {
    const engine = await this.#options.engine();
    const process = new GuestProcess({ program: "guest" });
    this.#all.add(process);
    process.onExit(() => this.#all.delete(process));
    await process.sendRaw([engine]);
    return process;
  }
}
