import type { Clock } from "@bedplate/clock";
import { type StateDriver, type StateLimits, stateLimitsDefault } from "@bedplate/state";
import { CommitQueue } from "./commit-queue.ts";
import { type Level, openLevel } from "./level-folder.ts";
import { LevelState } from "./level-state.ts";
import { Listeners } from "./listeners.ts";

export interface LevelPlaceOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly limits?: Partial<StateLimits> | undefined;
}

/** What the drivers of one opened folder share. */
export interface OpenLevel {
  readonly level: Level;
  readonly queue: CommitQueue;
  readonly listeners: Listeners;
}

/**
 * One folder. LevelDB lets one process open it, once: the drivers of a place share what the first
 * of them opened, and the last closes it.
 */
export class LevelPlace {
  readonly #options: LevelPlaceOptions;
  #drivers = 0;
  #opening: Promise<OpenLevel> | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: LevelPlaceOptions) {
    this.#options = options;
  }

  async open(): Promise<StateDriver> {
    this.#drivers++;
    try {
      this.#opening ??= this.#closing.then(() => this.#openLevel());
      const opened = await this.#opening;
      const limits = { ...stateLimitsDefault, ...this.#options.limits };
      return new LevelState({ opened, limits, onClose: () => this.#leave() });
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async #openLevel(): Promise<OpenLevel> {
    const { path, clock } = this.#options;
    const level = await openLevel(path);
    const listeners = new Listeners();
    const onCommit = (namespace: string) => listeners.tell(namespace);
    return { level, listeners, queue: new CommitQueue({ level, clock, onCommit }) };
  }

  #leave(): Promise<void> {
    const opening = this.#opening;
    if (--this.#drivers > 0 || opening === undefined) return this.#closing;
    this.#opening = undefined;
    this.#closing = opening.then(closeLevel, () => {});
    return this.#closing;
  }
}

async function closeLevel({ level, queue }: OpenLevel): Promise<void> {
  await queue.idle();
  await level.close();
}
