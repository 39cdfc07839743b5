import type { Call, Hooks } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Bundle } from "./bundle.ts";
import type { Dependant } from "./dependencies.ts";
import { runHook } from "./hook.ts";
import type { Journal } from "./journal.ts";
import type { RegistryModules, ReleaseName } from "./registry-modules.ts";
import { releaseTable } from "./registry-tables.ts";
import { type ReleaseRecord, type ReleaseRef, releaseId } from "./release.ts";
import { reviewBundle } from "./review.ts";

/** Most releases on record. */
export const releasesMax = 1000;

/** Which releases may be bound: stored as records, live as bundles. */
export class Releases {
  readonly #modules: RegistryModules;
  readonly #journal: Journal;
  readonly #bundles = new Map<string, Bundle>();

  constructor(modules: RegistryModules, journal: Journal) {
    this.#modules = modules;
    this.#journal = journal;
  }

  /**
   * Reviews a bundle and records the release. The same build again changes nothing; another build
   * under the same name and version is refused. Nothing of it runs but its register hook.
   */
  async register(bundle: Bundle, options: { readonly actor: string }): Promise<ReleaseRef> {
    const { hostOffer, trustedKeys = {}, clock, state } = this.#modules;
    const { name, version, build } = bundle.plugin.manifest.plugin;
    const id = releaseId({ name, version });
    const earlier = await releaseTable.get(state, id);
    if (earlier !== null) refuseChange(earlier.document, build);
    reviewBundle(bundle, { hostOffer, trustedKeys, registered: this.#dependants() });
    const work = bundle.plugin.hooks?.onRegister;
    await runHook("register", { clock, principal: options.actor, work });
    if (earlier === null) await this.#record(bundle, options.actor);
    this.#bundles.set(id, bundle);
    return { name, version, build };
  }

  /** The bundle of a registered release of this host. */
  bundle(name: ReleaseName): Bundle {
    const found = this.find(name);
    if (found !== undefined) return found;
    const id = releaseId(name);
    throw raise("resource.missing", {
      op: "registry.release",
      subject: `release/${id}`,
      detail: { type: "release", id },
      message: `Cannot use release/${id}: it is not registered on this host`,
    });
  }

  find(name: ReleaseName): Bundle | undefined {
    return this.#bundles.get(releaseId(name));
  }

  /** Every release on record. */
  async list(): Promise<readonly ReleaseRecord[]> {
    const page = await releaseTable.list(this.#modules.state, { limit: releasesMax });
    return page.documents.map((each) => each.document);
  }

  /** Marks a release as retired and forgets its bundle. */
  async retire(
    name: ReleaseName,
    options: { readonly actor: string; readonly orphans: string },
  ): Promise<void> {
    const { actor, orphans } = options;
    const id = releaseId(name);
    const record = await releaseTable.get(this.#modules.state, id);
    if (record === null || record.document.phase === "retired") return;
    const work = this.#bundles.get(id)?.plugin.hooks?.onRetire;
    await this.lateHook("retire", { release: name, actor, work });
    const transition = { actor, subject: `release/${id}`, detail: { orphans } };
    await this.#modules.state.commit({
      checks: [releaseTable.at(record)],
      ops: [
        releaseTable.put(id, { ...record.document, phase: "retired" }),
        this.#journal.entry("release-retired", transition),
      ],
    });
    this.#bundles.delete(id);
  }

  /** A hook that may fail without stopping what goes on: its failure is recorded. */
  async lateHook(
    hook: "drain" | "retire",
    options: {
      readonly release: ReleaseName;
      readonly actor: string;
      readonly work: ((call: Call) => Promise<void>) | Hooks["onRetire"] | undefined;
    },
  ): Promise<void> {
    const { release, actor, work } = options;
    try {
      await runHook(hook, { clock: this.#modules.clock, principal: actor, work });
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown";
      const subject = `release/${releaseId(release)}`;
      await this.#journal.note("hook-failed", { actor, subject, detail: { hook, reason } });
    }
  }

  async #record(bundle: Bundle, actor: string): Promise<void> {
    const { clock, state } = this.#modules;
    const { name, version, build } = bundle.plugin.manifest.plugin;
    const id = releaseId({ name, version });
    const record: ReleaseRecord = {
      name,
      version,
      build,
      phase: "registered",
      grants: [...(bundle.grants ?? [])],
      registeredAt: clock.now(),
      registeredBy: actor,
    };
    const transition = { actor, subject: `release/${id}`, detail: { build } };
    await state.commit({
      checks: [releaseTable.absent(id)],
      ops: [releaseTable.put(id, record), this.#journal.entry("release-registered", transition)],
    });
  }

  #dependants(): readonly Dependant[] {
    return [...this.#bundles.values()].map(({ plugin: { manifest } }) => ({
      name: manifest.plugin.name,
      version: manifest.plugin.version,
      dependsOn: manifest.dependsOn,
    }));
  }
}

function refuseChange(earlier: ReleaseRecord, build: string): void {
  const id = releaseId(earlier);
  if (earlier.phase === "retired") {
    throw raise("resource.exists", {
      op: "registry.register",
      subject: `release/${id}`,
      detail: { type: "release", id },
      message: `Cannot register release/${id}: it was retired; give the new build a new version`,
    });
  }
  if (earlier.build === build) return;
  throw raise("digest.mismatch", {
    op: "registry.register",
    subject: `release/${id}`,
    detail: { expected: earlier.build, actual: build },
    message: `Cannot register release/${id}: another build has this version; give the new build a new version`,
  });
}
