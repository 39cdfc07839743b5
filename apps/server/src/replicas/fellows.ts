import { type DirectoryModules, type Replica, ReplicaDirectory } from "./replica-directory.ts";

/** The other replicas; there are none before this one was announced. */
export class Fellows implements AsyncDisposable {
  readonly #modules: DirectoryModules;
  #directory: ReplicaDirectory | undefined;

  constructor(modules: DirectoryModules) {
    this.#modules = modules;
  }

  /** Where a living replica is reached; undefined for this one. */
  async urlOf(id: string): Promise<string | undefined> {
    return this.#directory?.urlOf(id);
  }

  /** Where the living replica of a place is reached; undefined for this one's. */
  async urlOfPlace(place: string): Promise<string | undefined> {
    return this.#directory?.urlOfPlace(place);
  }

  /** Tells the others where this one is reached, and goes on doing so. */
  async announce(self: Pick<Replica, "id" | "url" | "place">): Promise<void> {
    this.#directory ??= new ReplicaDirectory(self, this.#modules);
    await this.#directory.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory?.[Symbol.asyncDispose]();
  }
}
