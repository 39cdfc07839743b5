import { isFault } from "@bedplate/errors";
import { type Revision, type StateChange, textOfKey } from "@bedplate/state";
import type { Policies } from "./policies.ts";
import type { RegistryModules } from "./registry-modules.ts";
import { bindingTable, policyTable } from "./registry-tables.ts";
import type { Slots } from "./slots.ts";

interface FollowerModules extends RegistryModules {
  readonly slots: Slots;
  readonly policies: Policies;
}

/** How long a follower waits after the state did not answer. */
const retryMs = 1_000;

/**
 * Keeps this replica as the stored registry is, whoever changed it: what another replica swaps is
 * mounted here too, and a policy that another one set is read again.
 */
export class Follower implements AsyncDisposable {
  readonly #modules: FollowerModules;
  readonly #stopping = new AbortController();
  #following: Promise<void> | undefined;

  constructor(modules: FollowerModules) {
    this.#modules = modules;
  }

  /** Begins with what is stored now. */
  start(): void {
    this.#following ??= this.#follow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, log, state } = this.#modules;
    while (!signal.aborted) {
      try {
        const after = await state.head({ signal });
        await this.#readAll();
        await this.#watch(after, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isFault(error)) throw error;
        // A history that was forgotten is no trouble: the next round reads everything again.
        log.warn("registry not followed", { reason: error.fault.code });
        await clock.sleep(retryMs, { signal }).catch(() => {});
      }
    }
  }

  async #readAll(): Promise<void> {
    const { policies, slots } = this.#modules;
    policies.expire();
    for (const { slot } of slots.list()) await slots.follow(slot);
  }

  async #watch(after: Revision, signal: AbortSignal): Promise<void> {
    for await (const { changes } of this.#modules.state.watch({ after }, { signal })) {
      for (const change of changes) await this.#apply(change);
    }
  }

  async #apply({ key }: StateChange): Promise<void> {
    const { policies, slots } = this.#modules;
    const text = textOfKey(key);
    const nameIn = (table: { readonly name: string }) =>
      text.startsWith(`${table.name}/`) ? text.slice(table.name.length + 1) : undefined;
    const policy = nameIn(policyTable);
    if (policy !== undefined) policies.forget(policy);
    const slot = nameIn(bindingTable);
    if (slot !== undefined) await slots.follow(slot);
  }
}
