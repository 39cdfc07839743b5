import { type Digest, digestBytes, encodeCbor } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { foreignSchema } from "@bedplate/schema";
import { withSpan } from "@bedplate/telemetry";
import type { Budget } from "../budget.ts";
import type { Call, KeyedCall } from "../call.ts";
import type { Admission, EnvironmentDriver, Fingerprint } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type {
  InstanceDriver,
  InstanceHandle,
  InstanceSpec,
  InstanceStatus,
} from "../instance-driver.ts";
import type { Manifest } from "../manifest.ts";
import type { Phase } from "../phase.ts";
import { profileDigest } from "../receipt.ts";
import { withDeadline } from "./deadline.ts";
import { Instance } from "./instance.ts";
import { normaliseError } from "./normalise.ts";

/** What a host adds to a driver to make it an environment for callers. */
export interface EnvironmentOptions<D extends Declares> {
  readonly manifest: Manifest<D>;
  readonly now: () => number;
  /** Policy's bound on each call. Default: none beyond what the manifest declares. */
  readonly ceiling?: Budget | undefined;
  /** Ends everything that shares this mount by force. Default: nothing can be ended by force. */
  readonly kill?: (() => void) | undefined;
  /** Most instances at once. */
  readonly instancesMax?: number | undefined;
}

/** What became of an instance of an earlier life, as callers see it. */
export type Recovered<D extends Declares> =
  | { readonly found: "alive"; readonly instance: Instance<D> }
  | { readonly found: "ended"; readonly status: InstanceStatus }
  | { readonly found: "absent" }
  | { readonly found: "foreign" };

interface Creation<D extends Declares> {
  readonly spec: Digest;
  readonly instance: Promise<Instance<D>>;
}

/** Most instances of one environment on one host, unless the host says otherwise. */
export const instancesMaxDefault = 4096;

/** An environment as callers see it: one set of checks, names and spans around every driver. */
export class Environment<D extends Declares = Declares> {
  readonly manifest: Manifest<D>;
  readonly #driver: EnvironmentDriver<D>;
  readonly #options: EnvironmentOptions<D>;
  readonly #creations = new Map<string, Creation<D>>();
  #isClosed = false;

  constructor(driver: EnvironmentDriver<D>, options: EnvironmentOptions<D>) {
    this.#driver = driver;
    this.#options = options;
    this.manifest = options.manifest;
  }

  /** Instances that were created and not released. */
  get instanceCount(): number {
    return this.#creations.size;
  }

  fingerprint(call: Call): AsyncIterable<Fingerprint> {
    this.#demandOpen("fingerprint");
    return this.#driver.fingerprint(call);
  }

  /** Whether the artifact can run here; asking twice answers the same. */
  admit(artifact: Digest, call: KeyedCall): Promise<Admission> {
    return this.#do("admit", call, () => this.#driver.admit(artifact, call));
  }

  /** The same key and spec give the same instance; the same key with another spec is refused. */
  async create(spec: InstanceSpec, call: KeyedCall): Promise<Instance<D>> {
    this.#demandOpen("create");
    const checked = this.#check(spec);
    const key = `${call.principal}\n${call.key}`;
    const digest = specDigest(checked);
    const earlier = this.#creations.get(key);
    if (earlier !== undefined) return this.#sameCreation(earlier, { digest, key: call.key });
    this.#demandRoom();
    const instance = this.#create(checked, { call, key });
    this.#creations.set(key, { spec: digest, instance });
    instance.catch(() => this.#creations.delete(key));
    return instance;
  }

  async recover(handle: InstanceHandle, call: Call): Promise<Recovered<D>> {
    const found = await this.#do("recover", call, () => this.#driver.recover(handle, call));
    if (found.found !== "alive") return found;
    const { phase } = await found.instance.status(call);
    const key = `${call.principal}\n${handle.key}`;
    const spec: InstanceSpec = { artifact: handle.release, config: {}, caps: {}, labels: {} };
    const instance = this.#wrap(found.instance, { spec, phase, key });
    this.#creations.set(key, { spec: specDigest(spec), instance: Promise.resolve(instance) });
    return { found: "alive", instance };
  }

  inventory(call: Call): AsyncIterable<InstanceHandle> {
    this.#demandOpen("inventory");
    return this.#driver.inventory(call);
  }

  /** Releases everything; closing twice does nothing. */
  async close(call: Call): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#run("close", call, () => this.#driver.close(call));
    this.#creations.clear();
  }

  /** Ends everything on this mount by force. */
  kill(): void {
    this.#options.kill?.();
  }

  #check(spec: InstanceSpec): InstanceSpec {
    const schema = foreignSchema(this.manifest.instanceSchema);
    const config = schema.parse(spec.config, {
      what: "the instance config",
      op: "environment.create",
    }) as Readonly<Record<string, unknown>>;
    return { ...spec, config };
  }

  async #create(
    spec: InstanceSpec,
    options: { readonly call: KeyedCall; readonly key: string },
  ): Promise<Instance<D>> {
    const { call, key } = options;
    const driver = await this.#do("create", call, () => this.#driver.create(spec, call));
    return this.#wrap(driver, { spec, phase: "created", key });
  }

  #wrap(
    driver: InstanceDriver<D>,
    options: { readonly spec: InstanceSpec; readonly phase: Phase; readonly key: string },
  ): Instance<D> {
    const { spec, phase, key } = options;
    const { manifest, now, ceiling = {}, kill = () => {} } = this.#options;
    const profile = profileDigest(manifest.profile, spec.config);
    return new Instance(driver, {
      declares: manifest.declares,
      phase,
      subject: { artifact: spec.artifact, profile },
      ceiling,
      now,
      kill,
      onReleased: () => this.#creations.delete(key),
    });
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

  #do<T>(verb: string, call: Call, work: () => Promise<T>): Promise<T> {
    this.#demandOpen(verb);
    return this.#run(verb, call, work);
  }

  #run<T>(verb: string, call: Call, work: () => Promise<T>): Promise<T> {
    const op = `environment.${verb}`;
    const { name, version } = this.manifest.plugin;
    const fields = { "bedplate.environment": name, "bedplate.release": `${name}@${version}` };
    return withSpan(op, fields, async () => {
      try {
        return await withDeadline(work(), { op, call, now: this.#options.now });
      } catch (error) {
        throw normaliseError(error, op, call.signal);
      }
    });
  }
}

function specDigest(spec: InstanceSpec): Digest {
  return digestBytes(encodeCbor(JSON.stringify(spec)));
}
