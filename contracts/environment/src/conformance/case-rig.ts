import { type Random, seededRandom } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import type { Budget } from "../budget.ts";
import { type Call, type KeyedCall, newCall } from "../call.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import type { Execution, Invocation, StateReader } from "../facets/invoke.ts";
import type { Environment } from "../gate/environment.ts";
import type { Executed } from "../gate/gated-invoke.ts";
import type { Instance } from "../gate/instance.ts";
import type { InstanceHandle, InstanceSpec } from "../instance-driver.ts";
import type { Manifest, Plugin } from "../manifest.ts";
import { emptyState } from "../receipt.ts";
import type {
  ConformanceProgram,
  ConformanceSubject,
  Position,
  ProgramName,
} from "./conformance-subject.ts";
import { ensure } from "./expectations.ts";
import type { Lane, Opened, OpenOptions } from "./lane.ts";
import { plenty } from "./plenty.ts";
import type { Protocol } from "./protocol.ts";

/** What a case may choose for one run. */
export interface RunOptions {
  readonly payload?: string | Uint8Array | undefined;
  readonly budget?: Budget | undefined;
  readonly entry?: string | undefined;
  readonly input?: Uint8Array | undefined;
  readonly now?: number | undefined;
  readonly seed?: Uint8Array | undefined;
  readonly reads?: Invocation["reads"];
  readonly call?: Invocation["call"];
  readonly onEvent?: Invocation["onEvent"];
}

/** What a case may choose for an instance. */
export interface RigInstanceOptions {
  /** Default: the lane's shared environment. */
  readonly environment?: Environment | undefined;
  /** Keeps state between runs; only where the instance config has `session`. */
  readonly session?: boolean | undefined;
  /** Members of the spec that are not the usual ones. */
  readonly spec?: Partial<InstanceSpec> | undefined;
  /** Default: true. */
  readonly isStarted?: boolean | undefined;
}

/** The guest's clock in every case that does not choose another: 2026-01-01T00:00:00Z. */
export const caseNow = 1_767_225_600_000;

/** What one case works with; whatever it made is released at the end. */
export class CaseRig implements AsyncDisposable {
  readonly random: Random;
  readonly lane: Lane;
  readonly #id: string;
  readonly #instances: Instance[] = [];
  readonly #opened: Opened[] = [];
  #calls = 0;

  constructor(lane: Lane, options: { readonly id: string; readonly seed: string }) {
    this.lane = lane;
    this.#id = options.id;
    this.random = seededRandom(`${options.seed}/${options.id}`);
  }

  get subject(): ConformanceSubject {
    return this.lane.subject;
  }

  get manifest(): Manifest {
    return this.lane.manifest;
  }

  get position(): Position {
    return this.lane.position;
  }

  /** How sides come to an agreement here. */
  get protocol(): Protocol {
    return this.lane.protocol;
  }

  /** The environment that cases share; a case that closes or breaks one opens its own. */
  async environment(): Promise<Environment> {
    return (await this.lane.shared()).environment;
  }

  async open(options: OpenOptions = {}): Promise<Opened> {
    const opened = await this.lane.open(options);
    this.#opened.push(opened);
    return opened;
  }

  /** The plug-in as it stands in this position, not opened. */
  placed(): Plugin {
    return this.lane.place(this.subject.plugin);
  }

  /** Everything that the environment's inventory shows, in the order of ids. */
  async list(environment: Environment): Promise<readonly InstanceHandle[]> {
    const all: InstanceHandle[] = [];
    for await (const each of environment.inventory(this.call())) all.push(each);
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  declares(facet: FacetName): boolean {
    return this.manifest.declares[facet] !== undefined;
  }

  /** A call with a key of its own. */
  call(
    options: {
      readonly key?: string;
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): KeyedCall {
    this.#calls += 1;
    const key = options.key ?? `${this.#id}/${this.position}/${this.#calls}`;
    const timeoutMs = options.timeoutMs ?? this.subject.timeoutMs ?? 30_000;
    return newCall({ principal: "conformance", timeoutMs, key, signal: options.signal });
  }

  program(name: ProgramName): ConformanceProgram {
    const found = this.subject.programs[name];
    ensure(found !== undefined, `the subject has no program "${name}"`);
    return found;
  }

  spec(name: ProgramName, options: { readonly session?: boolean | undefined } = {}): InstanceSpec {
    const config = {
      ...this.subject.instanceConfig,
      ...(options.session !== undefined && { session: options.session }),
    };
    return { artifact: digestBytes(this.program(name).artifact), config, caps: {}, labels: {} };
  }

  /** Admits the program and makes an instance of it. */
  async instance(name: ProgramName, options: RigInstanceOptions = {}): Promise<Instance> {
    const environment = options.environment ?? (await this.environment());
    const spec = { ...this.spec(name, options), ...options.spec };
    const admission = await environment.admit(spec.artifact, this.call());
    ensure(admission.isAdmitted, `the program "${name}" is not admitted`);
    const instance = await environment.create(spec, this.call());
    this.#instances.push(instance);
    if (options.isStarted ?? true) await instance.start(this.call());
    return instance;
  }

  /** The invocation of a program: plenty of everything, the case's clock, a seed of zeros. */
  invocation(name: ProgramName, options: RunOptions = {}): Invocation {
    const program = this.program(name);
    const encode = program.input ?? this.subject.encodeInput ?? ((payload) => payload);
    const { reads = program.state && readsOf(program.state), call, onEvent } = options;
    return {
      entry: options.entry ?? program.entry ?? "main",
      input: options.input ?? encode(toBytes(options.payload ?? "")),
      budget: options.budget ?? this.budget(),
      pre: emptyState,
      now: options.now ?? caseNow,
      seed: options.seed ?? new Uint8Array(32),
      ...(reads && { reads }),
      ...(call && { call }),
      ...(onEvent && { onEvent }),
    };
  }

  /** Plenty of each declared meter, with some of them changed. */
  budget(change: Budget = {}): Budget {
    return { ...plenty(this.manifest, this.subject.budget), ...change };
  }

  /** Runs a program in an instance that was made of it. */
  run(
    instance: Instance,
    name: ProgramName,
    options: RunOptions & { readonly via?: Call | undefined } = {},
  ): Promise<Executed> {
    return instance.facet("invoke").run(this.invocation(name, options), options.via ?? this.call());
  }

  /** Runs a program in an instance of its own, which is released afterwards. */
  async runFresh(
    name: ProgramName,
    options: RunOptions & RigInstanceOptions = {},
  ): Promise<Executed> {
    const instance = await this.instance(name, options);
    const executed = await this.run(instance, name, options);
    await this.retire(instance);
    return executed;
  }

  /** Stops and releases an instance before the case ends. */
  async retire(instance: Instance): Promise<void> {
    if (instance.phase === "running" || instance.phase === "paused") {
      await instance.stop({ graceMs: 0 }, this.call());
    }
    await instance.release(this.call());
  }

  /** What the guest said, as text without its last line break. */
  said(name: ProgramName, executed: Executed): string {
    const says = this.program(name).says ?? saidBy;
    return Buffer.from(says(executed)).toString("utf8").replace(/\n$/, "");
  }

  /** Releases every instance that the case has made so far. */
  async tidy(): Promise<void> {
    for (const each of this.#instances.splice(0)) await this.retire(each).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tidy();
    for (const each of this.#opened.splice(0)) {
      await Promise.resolve(each[Symbol.asyncDispose]()).catch(() => {});
    }
  }
}

/** The guest's `stdout` events, then its output. */
export function saidBy(execution: Execution): Uint8Array {
  const { outcome, events } = execution;
  const output = outcome.kind === "returned" || outcome.kind === "reverted" ? [outcome.output] : [];
  const printed = events.filter(({ topic }) => topic === "stdout").map(({ data }) => data);
  return Buffer.concat([...printed, ...output]);
}

/** A state that is all at hand. */
export function readsOf(
  state: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): StateReader {
  const nameOf = (key: Uint8Array) => Buffer.from(key).toString("latin1");
  const values = new Map(state.map(({ key, value }) => [nameOf(key), value]));
  return { peek: (key) => values.get(nameOf(key)) ?? null, load: async () => {} };
}

function toBytes(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? new Uint8Array(Buffer.from(payload)) : payload;
}
