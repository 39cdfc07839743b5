import type { Journal } from "./journal.ts";
import { defaultPolicy, type Policy, policySchema } from "./policy.ts";
import type { RegistryModules } from "./registry-modules.ts";
import { policyTable } from "./registry-tables.ts";

/** The stored policy of each slot. */
export class Policies {
  readonly #modules: Pick<RegistryModules, "state">;
  readonly #journal: Journal;
  /** What was read last, by slot; this process's writes go through it, and `expire` drops it. */
  readonly #known = new Map<string, Policy>();

  constructor(modules: Pick<RegistryModules, "state">, journal: Journal) {
    this.#modules = modules;
    this.#journal = journal;
  }

  /** The policy of a slot, or the default one. */
  async get(slot: string): Promise<Policy> {
    const known = this.#known.get(slot);
    if (known !== undefined) return known;
    const found = await policyTable.get(this.#modules.state, slot);
    const policy = found?.document ?? defaultPolicy;
    this.#known.set(slot, policy);
    return policy;
  }

  async set(
    slot: string,
    options: { readonly policy: Policy; readonly actor: string },
  ): Promise<void> {
    const { state } = this.#modules;
    const policy = policySchema.parse(options.policy, { what: "the policy", op: "policy.set" });
    const earlier = await policyTable.get(state, slot);
    await state.commit({
      checks: [earlier === null ? policyTable.absent(slot) : policyTable.at(earlier)],
      ops: [
        policyTable.put(slot, policy),
        this.#journal.entry("policy-set", { actor: options.actor, subject: `policy/${slot}` }),
      ],
    });
    this.#known.set(slot, policy);
  }

  /** Forgets what was read, so that the next decision reads again. */
  expire(): void {
    this.#known.clear();
  }

  /** The same for one slot. */
  forget(slot: string): void {
    this.#known.delete(slot);
  }
}
