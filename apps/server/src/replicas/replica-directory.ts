import type { Clock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";

/** A server process that shares its state with others. */
export interface Replica {
  readonly id: string;
  /** Where the others reach it. */
  readonly url: string;
  /** Names its host's data, and the node of its machines. */
  readonly place?: string | undefined;
  /** It says before this instant that it goes on, or counts as gone. */
  readonly until: number;
}

/** A replica says so often that it lives. */
export const beatMs = 3_000;
/** After this long without a word it counts as gone. */
export const aliveMs = 10_000;
const replicasMax = 1_000;

const replicaSchema: Schema<Replica> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      url: Type.String(),
      place: Type.Optional(Type.String()),
      until: Type.Number(),
    },
    { additionalProperties: false },
  ),
);
const table = new DocumentTable({ name: "replica", schema: replicaSchema });

/** What a directory is built from. */
export interface DirectoryModules {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after each look, with all that live. */
  readonly onLook?: ((replicas: readonly Replica[]) => Promise<void>) | undefined;
}

type Self = Pick<Replica, "id" | "url" | "place">;

/** Who else serves the same state. Clocks of replicas may differ by a few seconds, not by more. */
export class ReplicaDirectory implements AsyncDisposable {
  readonly #modules: DirectoryModules;
  readonly #self: Self;
  readonly #stopping = new AbortController();
  #beating: Promise<void> | undefined;

  constructor(self: Self, modules: DirectoryModules) {
    this.#self = self;
    this.#modules = modules;
  }

  /** Announces this replica, and goes on doing so. */
  async start(): Promise<void> {
    await this.#beat();
    this.#beating ??= this.#keepBeating();
  }

  /** Where a living replica is reached; undefined for this one, and for one that is gone. */
  async urlOf(id: string): Promise<string | undefined> {
    if (id === this.#self.id) return undefined;
    const found = (await table.get(this.#modules.state, id))?.document;
    return found !== undefined && this.#isAlive(found) ? found.url : undefined;
  }

  /** Where the living replica of a place is reached; undefined for this one's, and for one that is gone. */
  async urlOfPlace(place: string): Promise<string | undefined> {
    if (place === this.#self.place) return undefined;
    return (await this.list()).find((each) => each.place === place)?.url;
  }

  /** All that live. */
  async list(): Promise<readonly Replica[]> {
    const { documents } = await table.list(this.#modules.state, { limit: replicasMax });
    return documents.map(({ document }) => document).filter((each) => this.#isAlive(each));
  }

  /** Takes this replica out. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    await this.#modules.state.commit({ ops: [table.delete(this.#self.id)] });
  }

  async #keepBeating(): Promise<void> {
    const { clock, log } = this.#modules;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(beatMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#beat();
      } catch (error) {
        if (!isFault(error)) throw error;
        log.warn("replica not announced", { reason: error.fault.code });
      }
    }
  }

  async #beat(): Promise<void> {
    const { clock, onLook, state } = this.#modules;
    const { documents } = await table.list(state, { limit: replicasMax });
    const gone = documents.filter(({ document }) => !this.#isAlive(document));
    const self = { ...this.#self, until: clock.now() + aliveMs };
    await state.commit({
      ops: [
        table.put(self.id, self),
        ...gone.filter(({ id }) => id !== self.id).map(({ id }) => table.delete(id)),
      ],
    });
    await onLook?.(await this.list());
  }

  #isAlive({ until }: Replica): boolean {
    return until > this.#modules.clock.now();
  }
}
