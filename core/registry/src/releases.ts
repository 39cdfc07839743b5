import type { Call, Hooks } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { StoredDocument } from "@bedplate/state";
import { againIfLost } from "./again.ts";
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
   * Reviews a bundle and records the release. The same build again changes nothing but what the
   * operator decided about a plug-in with an origin; another build under the same name and version is
   * refused. Nothing of it runs but its register hook.
   */
  register(bundle: Bundle, options: { readonly actor: string }): Promise<ReleaseRef> {
    return againIfLost(() => this.#register(bundle, options));
  }

  async #register(bundle: Bundle, options: { readonly actor: string }): Promise<ReleaseRef> {
    const { hostOffer, trustedKeys = {}, clock, state } = this.#modules;
    const { name, version, build } = bundle.plugin.manifest.plugin;
    const id = releaseId({ name, version });
    const earlier = await releaseTable.get(state, id);
    if (earlier !== null) refuseChange(earlier.document, { build, origin: bundle.origin });
    reviewBundle(bundle, { hostOffer, trustedKeys, registered: this.#dependants() });
    const work = bundle.plugin.hooks?.onRegister;
    await runHook("register", { clock, principal: options.actor, work });
    const record = this.#recordOf(bundle, { actor: options.actor, earlier: earlier?.document });
    if (earlier === null) await this.#add(record);
    else if (isChanged(earlier.document, record)) await this.#change(earlier, record);
    this.#bundles.set(id, bundle);
    return { name, version, build };
  }

  /** The bundle of a registered release of this host. */
  bundle(name: ReleaseName): Bundle {
    const found = this.find(name);
    if (found !== undefined) return found;
    throw missingRelease(releaseId(name), "it is not registered on this host");
  }

  find(name: ReleaseName): Bundle | undefined {
    return this.#bundles.get(releaseId(name));
  }

  /** A release on record; null where there is none. */
  async record(name: ReleaseName): Promise<ReleaseRecord | null> {
    return (await releaseTable.get(this.#modules.state, releaseId(name)))?.document ?? null;
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
    if (record === null) throw missingRelease(id, "it is not on record");
    if (record.document.phase === "retired") return;
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

  #recordOf(
    bundle: Bundle,
    options: { readonly actor: string; readonly earlier: ReleaseRecord | undefined },
  ): ReleaseRecord {
    const { actor, earlier } = options;
    const { manifest } = bundle.plugin;
    const { name, version, build } = manifest.plugin;
    const { config = {}, grants = [], origin } = bundle;
    return {
      name,
      version,
      build,
      phase: "registered",
      grants: [...grants],
      registeredAt: earlier?.registeredAt ?? this.#modules.clock.now(),
      registeredBy: earlier?.registeredBy ?? actor,
      ...(origin !== undefined && { plugin: { origin, manifest, config } }),
    };
  }

  async #add(record: ReleaseRecord): Promise<void> {
    const id = releaseId(record);
    const { build, registeredBy: actor } = record;
    const transition = { actor, subject: `release/${id}`, detail: { build } };
    await this.#modules.state.commit({
      checks: [releaseTable.absent(id)],
      ops: [releaseTable.put(id, record), this.#journal.entry("release-registered", transition)],
    });
  }

  async #change(earlier: StoredDocument<ReleaseRecord>, record: ReleaseRecord): Promise<void> {
    const id = releaseId(record);
    const transition = { actor: record.registeredBy, subject: `release/${id}` };
    await this.#modules.state.commit({
      checks: [releaseTable.at(earlier)],
      ops: [releaseTable.put(id, record), this.#journal.entry("release-changed", transition)],
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

function missingRelease(id: string, why: string): Error {
  return raise("resource.missing", {
    op: "registry.release",
    subject: `release/${id}`,
    detail: { type: "release", id },
    message: `Cannot use release/${id}: ${why}`,
  });
}

function refuseChange(
  earlier: ReleaseRecord,
  now: { readonly build: string; readonly origin: Bundle["origin"] },
): void {
  const id = releaseId(earlier);
  if (earlier.phase === "retired") {
    throw raise("resource.exists", {
      op: "registry.register",
      subject: `release/${id}`,
      detail: { type: "release", id },
      message: `Cannot register release/${id}: it was retired; give the new build a new version`,
    });
  }
  if (earlier.build !== now.build) throw otherBuild(id, { was: earlier.build, is: now.build });
  const was = earlier.plugin?.origin.files ?? "none";
  const is = now.origin?.files ?? "none";
  // A build is what a plug-in says of itself; its files are what it is.
  if (was !== is) throw otherBuild(id, { was, is });
}

function otherBuild(id: string, digests: { readonly was: string; readonly is: string }): Error {
  return raise("digest.mismatch", {
    op: "registry.register",
    subject: `release/${id}`,
    detail: { expected: digests.was, actual: digests.is },
    message: `Cannot register release/${id}: another build has this version; give the new build a new version`,
  });
}

/** What an operator decides about a plug-in may change under its version. */
function isChanged(earlier: ReleaseRecord, now: ReleaseRecord): boolean {
  if (now.plugin === undefined) return false;
  const decided = ({ grants, plugin }: ReleaseRecord) =>
    JSON.stringify([grants, plugin?.origin, plugin?.config]);
  return decided(earlier) !== decided(now);
}
