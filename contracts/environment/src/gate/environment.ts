import { type Digest, digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { foreignSchema } from "@bedplate/schema";
import type { Call, KeyedCall } from "../call.ts";
import { type Caps, tightenCaps } from "../caps.ts";
import type { Admission, EnvironmentDriver, Fingerprint } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { Invocation } from "../facets/invoke.ts";
import type { Constraint, SnapshotManifest } from "../facets/snapshot.ts";
import type {
  InstanceDriver,
  InstanceHandle,
  InstanceSpec,
  InstanceStatus,
} from "../instance-driver.ts";
import type { InvocationCheck } from "../invocation-check.ts";
import type { Manifest } from "../manifest.ts";
import type { Phase } from "../phase.ts";
import { profileDigest } from "../receipt.ts";
import type { VolumesDriver } from "../volumes.ts";
import { checkAdmission, checkAnswer, checkFacets, checkHandle } from "./check-driver.ts";
import { checkInvocation } from "./check-execution.ts";
import { boundCaps, checkSpec, demandMet, undeclared } from "./check-spec.ts";
import { checkVolumeName } from "./check-volumes.ts";
import { type EnvironmentOptions, instancesMaxDefault } from "./environment-options.ts";
import { openGuard } from "./guard.ts";
import { HealthWatch } from "./health-watch.ts";
import { Instance } from "./instance.ts";
import { type OperationContext, operate, operateStream } from "./operation.ts";
import { SingleClones } from "./single-clones.ts";

/** What a host remembers of an instance, to find it again after a crash. */
export interface InstanceRecord {
  readonly handle: InstanceHandle;
  readonly spec: InstanceSpec;
}

/** What became of an instance of an earlier life, as callers see it. */
export type Recovered<D extends Declares> =
  | { readonly found: "alive"; readonly instance: Instance<D> }
  | { readonly found: "ended"; readonly status: InstanceStatus }
  | { readonly found: "absent" }
  | { readonly found: "foreign" };

/** Digests of instance configs that are kept. */
const profileDigestsMax = 1_000;

interface Creation<D extends Declares> {
  readonly spec: Digest;
  readonly instance: Promise<Instance<D>>;
}

/** An environment as callers see it: one set of checks, names and spans around every driver. */
export class Environment<D extends Declares = Declares> {
  readonly manifest: Manifest<D>;
  readonly #driver: EnvironmentDriver<D>;
  readonly #options: EnvironmentOptions<D>;
  readonly #operations: OperationContext;
  readonly #health = new HealthWatch();
  readonly #clones = new SingleClones();
  readonly #creations = new Map<string, Creation<D>>();
  readonly #instances = new Map<string, Instance<D>>();
  readonly #profileDigests = new Map<string, Digest>();
  #isClosed = false;

  constructor(driver: EnvironmentDriver<D>, options: EnvironmentOptions<D>) {
    const { manifest, now, guard = openGuard } = options;
    const { name, version } = manifest.plugin;
    this.#driver = driver;
    this.#options = options;
    this.manifest = manifest;
    this.#operations = { environment: name, release: `${name}@${version}`, guard, now };
  }

  /** Instances that were created and not released. */
  get instanceCount(): number {
    return this.#creations.size;
  }

  /** Follows the environment's health until `close`; `create` refuses while it is bad. */
  watchHealth(call: Call): void {
    const { signal } = this.#health;
    const forEver = { ...call, signal, deadlineAt: Number.MAX_SAFE_INTEGER };
    void this.#health.follow(() => this.#driver.fingerprint(forEver));
  }

  fingerprint(call: Call): AsyncIterable<Fingerprint> {
    this.#demandOpen("fingerprint");
    const options = { op: "environment.fingerprint", call };
    return operateStream(this.#operations, options, () => this.#driver.fingerprint(call));
  }

  /** Whether the artifact can run here; asking twice answers the same. */
  admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    return this.#do("admit", call, async () =>
      checkAdmission(await this.#driver.admit(artifact, call)),
    );
  }

  /** Whether an invocation of the artifact could run on what it reads. Nothing runs. */
  check(artifact: Digest, invocation: Invocation, call: Call): Promise<InvocationCheck> {
    const { invoke } = this.manifest.declares;
    return this.#do("check", call, async () => {
      if (invoke === undefined) throw undeclared("invoke", "environment.check");
      if (invoke.checks !== true) throw undeclared("invoke.checks", "environment.check");
      checkInvocation(invocation, invoke);
      const answer = await this.#driver.check?.(artifact, invocation, call);
      if (answer === undefined) throw undeclared("invoke.checks", "environment.check");
      return checkAnswer(answer);
    });
  }

  /** What a snapshot needs and this place has not; empty where it can be restored. */
  assess(snapshot: SnapshotManifest, call: Call): Promise<readonly Constraint[]> {
    return this.#do("assess", call, async () => {
      const unmet = await this.#driver.assess?.(snapshot, call);
      if (unmet !== undefined) return unmet;
      throw undeclared("snapshot", "environment.assess");
    });
  }

  /** The same key and spec give the same instance; the same key with another spec is refused. */
  create(spec: InstanceSpec, call: KeyedCall): Promise<Instance<D>> {
    return this.#do("create", call, (ceiling) => {
      const checked = this.#check(spec);
      const key = `${call.principal}\n${call.key}`;
      const digest = specDigest(checked);
      const earlier = this.#creations.get(key);
      if (earlier !== undefined) return this.#sameCreation(earlier, { digest, key: call.key });
      this.#health.demandHealthy("environment.create");
      this.#demandRoom();
      // The creation outlives a caller that stops waiting: the same key finds it.
      const policy = tightenCaps(ceiling, this.#options.ceiling ?? {});
      const bounded = boundCaps(checked, this.manifest.declares, policy);
      const instance = this.#create(bounded, { call, key });
      this.#creations.set(key, { spec: digest, instance });
      instance.catch(() => this.#creations.delete(key));
      return instance;
    });
  }

  /** Finds an instance of an earlier life; one that this host still holds is itself. */
  recover(record: InstanceRecord, call: Call): Promise<Recovered<D>> {
    return this.#do("recover", call, async () => {
      const { handle, spec } = record;
      const held = this.#instances.get(handle.id);
      if (held?.handle.incarnation === handle.incarnation && held.handle.owner === handle.owner) {
        return { found: "alive", instance: held };
      }
      const found = await this.#driver.recover(handle, call);
      if (found.found !== "alive") return found;
      return { found: "alive", instance: await this.#adopt(found.instance, { spec, call }) };
    });
  }

  inventory(call: Call): AsyncIterable<InstanceHandle> {
    this.#demandOpen("inventory");
    const options = { op: "environment.inventory", call };
    return operateStream(this.#operations, options, () => this.#driver.inventory(call));
  }

  /** The volumes that this host's machines have begun, and that were not erased. */
  listVolumes(call: Call): AsyncIterable<string> {
    this.#demandOpen("listVolumes");
    const options = { op: "environment.listVolumes", call };
    return operateStream(this.#operations, options, () =>
      this.#volumes("environment.listVolumes").list(call),
    );
  }

  /** Erases a volume that no machine has; erasing twice does nothing. */
  eraseVolume(volume: string, call: KeyedCall): Promise<void> {
    return this.#do("eraseVolume", call, async () => {
      const volumes = this.#volumes("environment.eraseVolume");
      checkVolumeName("environment.eraseVolume", volume, "/volume");
      await volumes.erase(volume, call);
    });
  }

  /** Releases everything; closing twice does nothing. */
  async close(call: Call): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#health.end();
    const work = () => this.#driver.close(call);
    await operate(this.#operations, { op: "environment.close", call }, work);
    for (const each of [...this.#instances.values()]) each.forget();
    this.#creations.clear();
  }

  /** Ends everything on this mount by force. */
  kill(): void {
    this.#options.kill?.();
  }

  #volumes(op: string): VolumesDriver {
    const { volumes } = this.#driver;
    if (volumes === undefined) throw undeclared("exec.volumes", op);
    return volumes;
  }

  #check(spec: InstanceSpec): InstanceSpec {
    const schema = foreignSchema(this.manifest.instanceSchema);
    const config = schema.parse(spec.config, {
      what: "the instance config",
      op: "environment.create",
    }) as Readonly<Record<string, unknown>>;
    checkSpec(spec, this.manifest.declares);
    return { ...spec, config };
  }

  async #create(
    spec: InstanceSpec,
    options: { readonly call: KeyedCall; readonly key: string },
  ): Promise<Instance<D>> {
    const { call, key } = options;
    const { owner } = this.#options;
    const { signal } = new AbortController();
    const { from } = spec;
    if (from !== undefined) demandMet((await this.#driver.assess?.(from, call)) ?? []);
    const create = () => this.#driver.create(spec, { ...call, signal });
    const driver = await (from === undefined ? create() : this.#clones.restore(from, create));
    const release = this.manifest.plugin.build;
    checkHandle(driver, { key: call.key, owner: owner ?? driver.handle.owner, release });
    return this.#wrap(driver, { spec, phase: "created", key });
  }

  async #adopt(
    driver: InstanceDriver<D>,
    options: { readonly spec: InstanceSpec; readonly call: Call },
  ): Promise<Instance<D>> {
    const { call } = options;
    const { phase } = await driver.status(call);
    const spec = this.#check(options.spec);
    const key = `${call.principal}\n${driver.handle.key}`;
    const instance = this.#wrap(driver, { spec, phase, key });
    this.#creations.set(key, { spec: specDigest(spec), instance: Promise.resolve(instance) });
    return instance;
  }

  #wrap(
    driver: InstanceDriver<D>,
    options: { readonly spec: InstanceSpec; readonly phase: Phase; readonly key: string },
  ): Instance<D> {
    const { spec, phase, key } = options;
    const { manifest, now, ceiling = {}, kill = () => {} } = this.#options;
    checkFacets(driver, manifest.declares);
    const { id } = driver.handle;
    const profile = this.#profileDigest(spec.config);
    const instance = new Instance(driver, {
      declares: manifest.declares,
      phase,
      subject: { artifact: spec.artifact, profile },
      ceiling,
      now,
      isReentrant: manifest.profile.concurrency.isReentrant,
      operations: this.#operations,
      kill: () => kill(driver.handle),
      onReleased: () => {
        this.#creations.delete(key);
        this.#instances.delete(id);
      },
    });
    this.#instances.set(id, instance);
    return instance;
  }

  /** Instances have few configs and are many, so what was digested once is kept. */
  #profileDigest(config: InstanceSpec["config"]): Digest {
    const text = JSON.stringify(config);
    let digest = this.#profileDigests.get(text);
    if (digest === undefined) {
      digest = profileDigest(this.manifest.profile, config);
      if (this.#profileDigests.size >= profileDigestsMax) this.#profileDigests.clear();
      this.#profileDigests.set(text, digest);
    }
    return digest;
  }

  #sameCreation(
    earlier: Creation<D>,
    now: { readonly digest: Digest; readonly key: string },
  ): Promise<Instance<D>> {
    if (earlier.spec === now.digest) return earlier.instance;
    throw raise("idempotency.mismatch", {
      op: "environment.create",
      detail: { key: now.key, first: earlier.spec, now: now.digest },
      message: `Cannot create the instance: the key ${now.key} was used for another spec`,
    });
  }

  #demandRoom(): void {
    const limit = this.#options.instancesMax ?? instancesMaxDefault;
    if (this.#creations.size < limit) return;
    throw raise("quota.exceeded", {
      op: "environment.create",
      blame: "host",
      detail: { meter: "instances", limit, asked: this.#creations.size + 1 },
      message: `Cannot create the instance: ${limit} instances are there already`,
    });
  }

  #demandOpen(verb: string): void {
    if (!this.#isClosed) return;
    throw raise("resource.closed", {
      op: `environment.${verb}`,
      detail: { type: "environment" },
      message: `Cannot ${verb}: the environment is closed`,
    });
  }

  #do<T>(verb: string, call: Call, work: (ceiling: Caps) => Promise<T>): Promise<T> {
    return operate(this.#operations, { op: `environment.${verb}`, call }, async (ceiling) => {
      this.#demandOpen(verb);
      return await work(ceiling);
    });
  }
}

function specDigest(spec: InstanceSpec): Digest {
  return digestBytes(Buffer.from(JSON.stringify(spec)));
}
