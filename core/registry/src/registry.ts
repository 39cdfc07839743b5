import { raise } from "@bedplate/errors";
import { Follower } from "./follower.ts";
import { Journal } from "./journal.ts";
import { Policies } from "./policies.ts";
import type { RegistryModules, ReleaseName } from "./registry-modules.ts";
import { releaseId } from "./release.ts";
import { Releases } from "./releases.ts";
import { Slots } from "./slots.ts";

/** What happens to work that still runs on a release that is retired. */
export type Orphans =
  /** Do not retire. */
  | "refuse"
  /** Let it end within the drain time; what does not is stopped and may be run again elsewhere. */
  | "migrate"
  /** Stop it now. */
  | "stop";

export interface RetireOptions {
  readonly actor: string;
  readonly drainMs: number;
  readonly orphans: Orphans;
}

/** What may run and what is bound. */
export class Registry implements AsyncDisposable {
  readonly releases: Releases;
  readonly slots: Slots;
  readonly policies: Policies;
  readonly journal: Journal;
  readonly #modules: RegistryModules;
  readonly #follower: Follower;

  constructor(modules: RegistryModules) {
    this.#modules = modules;
    this.journal = new Journal(modules);
    this.policies = new Policies(modules, this.journal);
    this.releases = new Releases(modules, this.journal);
    const { journal, policies, releases } = this;
    this.slots = new Slots({ ...modules, journal, policies, releases });
    this.#follower = new Follower({ ...modules, policies, slots: this.slots });
  }

  /** Begins to follow what other replicas change. */
  start(): void {
    this.#follower.start();
  }

  /** Ends a release. One that a slot stands for is refused: swap the slot first. */
  async retire(name: ReleaseName, options: RetireOptions): Promise<void> {
    const { actor, drainMs, orphans } = options;
    const id = releaseId(name);
    this.#demandUnbound(id);
    const busy = this.slots.mountsOf(id);
    const uses = busy.reduce((sum, each) => sum + each.uses, 0);
    if (orphans === "refuse" && uses > 0) throw stillUsed(id, `${uses} runs`);
    const { clock } = this.#modules;
    const limitMs = orphans === "stop" ? 0 : drainMs;
    await Promise.all(busy.map((each) => each.drain({ drainMs: limitMs, clock })));
    await this.releases.retire(name, { actor, orphans });
  }

  /** Waits for what drains, then closes every mount. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower[Symbol.asyncDispose]();
    await this.slots[Symbol.asyncDispose]();
  }

  #demandUnbound(id: string): void {
    const bound = this.slots.list().find((each) => releaseId(each.mounted.release) === id);
    if (bound !== undefined) throw stillUsed(id, `slot/${bound.slot}`);
  }
}

function stillUsed(id: string, by: string): Error {
  return raise("resource.busy", {
    op: "registry.retire",
    subject: `release/${id}`,
    detail: { type: "release", id, by },
    message: `Cannot retire release/${id}: ${by} still use it`,
  });
}
