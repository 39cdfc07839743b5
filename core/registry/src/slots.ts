import { raise } from "@bedplate/errors";
import type { CommitRequest, StoredDocument } from "@bedplate/state";
import { againIfLost } from "./again.ts";
import type { Binding } from "./binding.ts";
import { runHook } from "./hook.ts";
import { InTurn } from "./in-turn.ts";
import type { Journal } from "./journal.ts";
import { MountedRelease, type ReleaseUse } from "./mounted-release.ts";
import type { Policies } from "./policies.ts";
import { demandProfile } from "./policy.ts";
import type { RegistryModules, ReleaseName } from "./registry-modules.ts";
import { bindingTable } from "./registry-tables.ts";
import { namePattern, releaseId } from "./release.ts";
import type { Releases } from "./releases.ts";

/** Who changes mounts because another replica changed the binding. */
const followActor = "replica";
/** How long old work may go on then. */
const followDrainMs = 60_000;
/** Most slots that are listed. */
export const slotsMax = 1000;

/** A slot as it is mounted on this host. */
export interface LiveSlot {
  readonly slot: string;
  readonly mounted: MountedRelease;
}

/** What a change of a binding needs. */
export interface BindOptions {
  readonly actor: string;
}

export interface SwapOptions extends BindOptions {
  /** How long old work may go on. */
  readonly drainMs: number;
}

interface SlotsModules extends RegistryModules {
  readonly journal: Journal;
  readonly policies: Policies;
  readonly releases: Releases;
}

/** Which release each slot stands for: stored as bindings, live as mounts. */
export class Slots implements AsyncDisposable {
  readonly #modules: SlotsModules;
  readonly #current = new Map<string, MountedRelease>();
  readonly #draining = new Map<MountedRelease, Promise<void>>();
  /** Changes of one slot, also those that other replicas make, come here one after the other. */
  readonly #changes = new InTurn();

  constructor(modules: SlotsModules) {
    this.#modules = modules;
  }

  /** First binding of a slot. Binding it to what it stands for already mounts that and changes nothing. */
  bind(slot: string, name: ReleaseName, options: BindOptions): Promise<Binding> {
    return this.#changes.run(slot, () => againIfLost(() => this.#bind(slot, name, options)));
  }

  async #bind(slot: string, name: ReleaseName, options: BindOptions): Promise<Binding> {
    const earlier = await bindingTable.get(this.#modules.state, slot);
    const bound = earlier?.document;
    if (bound !== undefined && releaseId(bound.release) !== releaseId(name))
      throw taken(slot, bound);
    if (bound !== undefined && this.#current.has(slot)) return bound;
    demandSlotName(slot);
    const mounted = await this.#mount(slot, name, options);
    const binding = bound ?? { slot, generation: 1, release: mounted.release };
    if (bound === undefined) {
      const transition = {
        actor: options.actor,
        subject: `slot/${slot}`,
        detail: { to: releaseId(name) },
      };
      await this.#commitOrClose(mounted, {
        checks: [bindingTable.absent(slot)],
        ops: [
          bindingTable.put(slot, binding),
          this.#modules.journal.entry("slot-bound", transition),
        ],
      });
    }
    this.#current.set(slot, mounted);
    return binding;
  }

  /**
   * Binds a slot to another release: new work goes there from now on, old work ends where it is,
   * within `drainMs`. Of two swaps at once one wins, the other gets `version.mismatch`.
   */
  async swap(slot: string, name: ReleaseName, options: SwapOptions): Promise<Binding> {
    const earlier = await bindingTable.get(this.#modules.state, slot);
    if (earlier === null) throw missingSlot(slot);
    const { document: before } = earlier;
    if (releaseId(before.release) === releaseId(name)) return before;
    return this.#changes.run(slot, () => this.#swap(earlier, name, options));
  }

  async #swap(
    earlier: StoredDocument<Binding>,
    name: ReleaseName,
    options: SwapOptions,
  ): Promise<Binding> {
    const { slot, generation } = earlier.document;
    const mounted = await this.#mount(slot, name, options);
    const binding = { slot, generation: generation + 1, release: mounted.release };
    await this.#commitOrClose(
      mounted,
      this.#swapCommit(earlier, { binding, actor: options.actor }),
    );
    const old = this.#current.get(slot);
    this.#current.set(slot, mounted);
    if (old !== undefined) this.#drainOwned(old, { ...options, slot });
    return binding;
  }

  /**
   * Mounts what a slot is bound to by now, where another replica changed that; old work drains. A
   * release that is not registered here leaves the slot as it is.
   */
  follow(slot: string): Promise<void> {
    return this.#changes.run(slot, () => this.#follow(slot));
  }

  async #follow(slot: string): Promise<void> {
    const { log, releases } = this.#modules;
    const release = (await this.binding(slot))?.release;
    const old = this.#current.get(slot);
    if (release !== undefined && old !== undefined && releaseId(old.release) === releaseId(release))
      return;
    if (release !== undefined && releases.find(release) === undefined) {
      log.error("slot is bound to a release that is not here", {
        slot,
        release: releaseId(release),
      });
      return;
    }
    const options = { slot, actor: followActor, drainMs: followDrainMs };
    if (release === undefined) this.#current.delete(slot);
    else this.#current.set(slot, await this.#mount(slot, release, options));
    if (old !== undefined) this.#drainOwned(old, options);
  }

  /**
   * Takes a slot away: new work is refused from now on, old work ends where it is, within `drainMs`.
   * The release stays registered.
   */
  async unbind(slot: string, options: SwapOptions): Promise<void> {
    const earlier = await bindingTable.get(this.#modules.state, slot);
    if (earlier === null) throw missingSlot(slot);
    await this.#changes.run(slot, () => this.#unbind(earlier, options));
  }

  async #unbind(earlier: StoredDocument<Binding>, options: SwapOptions): Promise<void> {
    const { slot, release } = earlier.document;
    const detail = { from: releaseId(release) };
    const transition = { actor: options.actor, subject: `slot/${slot}`, detail };
    await this.#modules.state.commit({
      checks: [bindingTable.at(earlier)],
      ops: [bindingTable.delete(slot), this.#modules.journal.entry("slot-unbound", transition)],
    });
    const old = this.#current.get(slot);
    this.#current.delete(slot);
    if (old !== undefined) this.#drainOwned(old, { ...options, slot });
  }

  /** Every binding that is stored, at most `slotsMax`. */
  async bindings(): Promise<readonly Binding[]> {
    const page = await bindingTable.list(this.#modules.state, { limit: slotsMax });
    return page.documents.map((each) => each.document);
  }

  /** What a slot was bound to when it was last stored; null for none. */
  async binding(slot: string): Promise<Binding | null> {
    const found = await bindingTable.get(this.#modules.state, slot);
    return found?.document ?? null;
  }

  /** Work on the release to which a slot is bound at this moment. Dispose it when the work is over. */
  use(slot: string): ReleaseUse {
    return this.current(slot).use();
  }

  /** What a slot stands for on this host. */
  current(slot: string): MountedRelease {
    const mounted = this.#current.get(slot);
    if (mounted === undefined) throw missingSlot(slot);
    return mounted;
  }

  /** Work on one release whatever is bound; mounted for this use where no slot holds it. */
  async useRelease(name: ReleaseName): Promise<ReleaseUse> {
    const live = [...this.#current.values()].find(
      (each) => releaseId(each.release) === releaseId(name),
    );
    if (live !== undefined) return live.use();
    const bundle = this.#modules.releases.bundle(name);
    const mount = await this.#modules.openMount(bundle);
    const mounted = new MountedRelease(bundle.plugin.manifest.plugin, mount);
    const use = mounted.use();
    const end = () => {
      use[Symbol.dispose]();
      this.#own(mounted, mounted.close());
    };
    return { environment: use.environment, release: use.release, [Symbol.dispose]: end };
  }

  /** Every slot that is mounted here. */
  list(): readonly LiveSlot[] {
    return [...this.#current].map(([slot, mounted]) => ({ slot, mounted }));
  }

  /** The mounts of a release, those that drain included. */
  mountsOf(id: string): readonly MountedRelease[] {
    const all = [...this.#current.values(), ...this.#draining.keys()];
    return all.filter((each) => releaseId(each.release) === id);
  }

  /** Waits for what drains, then closes every mount. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#draining.values());
    const mounts = [...this.#current.values()];
    this.#current.clear();
    await Promise.allSettled(mounts.map((each) => each.close()));
  }

  async #mount(slot: string, name: ReleaseName, { actor }: BindOptions): Promise<MountedRelease> {
    const { clock, openMount, policies, releases } = this.#modules;
    const bundle = releases.bundle(name);
    demandProfile(await policies.get(slot), bundle.plugin.manifest, slot);
    const { hooks } = bundle.plugin;
    const work =
      hooks?.onBind &&
      ((call: Parameters<typeof hooks.onBind>[1]) =>
        hooks.onBind?.(slot, call) ?? Promise.resolve());
    await runHook("bind", { clock, principal: actor, work });
    return new MountedRelease(bundle.plugin.manifest.plugin, await openMount(bundle));
  }

  async #commitOrClose(mounted: MountedRelease, request: CommitRequest): Promise<void> {
    try {
      await this.#modules.state.commit(request);
    } catch (error) {
      await mounted.close();
      throw error;
    }
  }

  #swapCommit(
    earlier: StoredDocument<Binding>,
    change: { readonly binding: Binding; readonly actor: string },
  ): CommitRequest {
    const { binding, actor } = change;
    const from = releaseId(earlier.document.release);
    const detail = { from, to: releaseId(binding.release), generation: binding.generation };
    const transition = { actor, subject: `slot/${binding.slot}`, detail };
    return {
      checks: [bindingTable.at(earlier)],
      ops: [
        bindingTable.put(binding.slot, binding),
        this.#modules.journal.entry("slot-swapped", transition),
      ],
    };
  }

  #drainOwned(old: MountedRelease, options: SwapOptions & { readonly slot: string }): void {
    this.#own(old, this.#drain(old, options));
  }

  async #drain(
    old: MountedRelease,
    options: SwapOptions & { readonly slot: string },
  ): Promise<void> {
    const { clock, journal, releases } = this.#modules;
    const { drainMs, actor, slot } = options;
    const deadlineAt = clock.now() + drainMs;
    const hooks = releases.find(old.release)?.plugin.hooks;
    const work =
      hooks?.onDrain &&
      ((call: Parameters<typeof hooks.onDrain>[1]) =>
        hooks.onDrain?.(deadlineAt, call) ?? Promise.resolve());
    await releases.lateHook("drain", { release: old.release, actor, work });
    const end = await old.drain({ drainMs, clock });
    const action = end === "drained" ? "slot-drained" : "slot-drain-forced";
    const detail = { release: releaseId(old.release) };
    await journal.note(action, { actor, subject: `slot/${slot}`, detail });
  }

  /** Background work has an owner: it is awaited when the registry is disposed. */
  #own(mounted: MountedRelease, work: Promise<void>): void {
    const owned = work
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : "unknown";
        this.#modules.log.error("drain failed", { release: releaseId(mounted.release), reason });
      })
      .finally(() => this.#draining.delete(mounted));
    this.#draining.set(mounted, owned);
  }
}

function demandSlotName(slot: string): void {
  if (new RegExp(namePattern).test(slot)) return;
  throw raise("argument.invalid", {
    op: "registry.bind",
    detail: { path: "/slot", rule: "must be lower-case letters, digits and dashes" },
    message: `Cannot bind slot/${slot}: a slot's name has lower-case letters, digits and dashes, at most 64`,
  });
}

function missingSlot(slot: string): Error {
  return raise("resource.missing", {
    op: "registry.slot",
    subject: `slot/${slot}`,
    detail: { type: "slot", id: slot },
    message: `Cannot use slot/${slot}: nothing is bound to it`,
  });
}

function taken(slot: string, bound: Binding): Error {
  return raise("resource.exists", {
    op: "registry.bind",
    subject: `slot/${slot}`,
    detail: { type: "binding", id: slot },
    message: `Cannot bind slot/${slot}: it is bound to ${releaseId(bound.release)}; swap it`,
  });
}
