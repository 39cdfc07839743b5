import {
  type Call,
  decodeProgramInput,
  type Execution,
  type Exit,
  eventBounds,
  type FacetsOf,
  type GuestEvent,
  type InstanceDriver,
  type InstanceHandle,
  InstanceLife,
  type InstanceStatus,
  type Invocation,
  noUsage,
  ObservationHub,
  type ProgramInput,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Artifact } from "./artifacts.ts";
import type { JavascriptConfig, JavascriptInstanceConfig } from "./config.ts";
import { demandEntry } from "./guest/entry.ts";
import type { RunPlan } from "./guest/run-plan.ts";
import { type JavascriptDeclares, manifest, outputBytesMax } from "./manifest.ts";
import type { RealWorld } from "./real-world.ts";
import { SessionState } from "./session-state.ts";
import type { GuestThreads } from "./thread/guest-threads.ts";

/** What an instance is made of. */
export interface InstanceParts {
  readonly handle: InstanceHandle;
  readonly artifact: Artifact;
  readonly config: JavascriptInstanceConfig;
  readonly release: JavascriptConfig;
  readonly threads: GuestThreads;
  readonly world: RealWorld;
  readonly onReleased: () => void;
}

/** One instance: a script, and in a session the state that its runs leave. */
export class JavascriptInstance implements InstanceDriver<JavascriptDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<JavascriptDeclares>;
  readonly #parts: InstanceParts;
  readonly #state: SessionState;
  readonly #hub = new ObservationHub(manifest.declares.observe);
  readonly #stopping = new AbortController();
  readonly #life: InstanceLife;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.handle = parts.handle;
    this.#state = new SessionState(async () => (await parts.threads.base()).image);
    this.#life = new InstanceLife(() => parts.world.now());
    this.facets = {
      invoke: { run: (invocation, call) => this.#invoke(invocation, call) },
      rewind: this.#state,
      observe: this.#hub,
    };
  }

  async start(): Promise<void> {
    await this.#parts.threads.base();
    this.#life.move("running");
  }

  async status(): Promise<InstanceStatus> {
    return this.#life.status;
  }

  async stop(): Promise<Exit> {
    this.#stopping.abort();
    this.#hub.close();
    return this.#life.stop();
  }

  async release(): Promise<void> {
    this.#stopping.abort();
    this.#hub.close();
    this.#parts.onReleased();
  }

  async #invoke(invocation: Invocation, call: Call): Promise<Execution> {
    const { artifact, config } = this.#parts;
    if (!artifact.isAdmitted) return refused(artifact.reason);
    const input = decodeProgramInput(invocation.input);
    const code = config.session && invocation.entry === evalEntry ? codeIn(input) : undefined;
    if (code === undefined) demandEntry(invocation.entry, artifact.source);
    const run = () => {
      const plan = {
        ...this.#plan(artifact, input),
        ...this.#conditions(invocation, call),
        ...(code !== undefined && evaluation(code)),
      };
      return this.#run(plan, { invocation, call });
    };
    return config.session ? this.#state.inTurn(run) : run();
  }

  /** What the script and the instance say of a run. */
  #plan(artifact: Extract<Artifact, { isAdmitted: true }>, input: ProgramInput) {
    const { config, release } = this.#parts;
    return {
      source: artifact.source,
      name: input.name === "" ? defaultName : input.name,
      isModule: artifact.isModule || input.name.endsWith(".mjs"),
      input,
      profile: config.profile,
      isSession: config.session,
      memoryBytesMax: release.memoryBytesMax,
      outputBytesMax,
      eventBounds,
      image: this.#state.image,
    };
  }

  /** What the caller says of it. A guest of the normal profile sees the host's clock and chance. */
  #conditions(invocation: Invocation, call: Call) {
    const { world, config } = this.#parts;
    const { entry, budget, now, seed } = invocation;
    const isReal = config.profile === "normal";
    return {
      entry,
      budget,
      patienceMs: Math.max(0, call.deadlineAt - world.now()),
      nowMs: isReal ? world.guestNow() : now,
      seed: isReal ? world.seed() : seed,
    };
  }

  async #run(
    plan: RunPlan,
    options: { readonly invocation: Invocation; readonly call: Call },
  ): Promise<Execution> {
    const { invocation, call } = options;
    const events: GuestEvent[] = [];
    const onEvent = (event: GuestEvent) => {
      events.push(event);
      invocation.onEvent?.(event);
    };
    const signal = AbortSignal.any([call.signal, this.#stopping.signal]);
    this.#hub.tell({ at: 0, point: "run-start", facts: { entry: plan.entry } });
    const result = await this.#parts.threads.run(plan, { signal, onEvent });
    this.#life.add(result.usage);
    if (result.image !== undefined) this.#state.keep(result.image);
    const { outcome, usage } = result;
    this.#hub.tell({ at: usage.fuel, point: "run-end", facts: { outcome: outcome.kind } });
    return { outcome, usage, writes: [], events };
  }
}

/** A script's name where its caller gives none. */
const defaultName = "main.js";

/** In a session, the entry that runs the first argument as a script. */
const evalEntry = "eval";

function codeIn(input: ProgramInput): string {
  const [code] = input.args;
  if (code !== undefined) return code;
  throw raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/args/0", rule: "must be the code to evaluate" },
    message: "Cannot evaluate: there is no argument with code",
  });
}

/** What differs from a run of the artifact. */
function evaluation(code: string): Pick<RunPlan, "source" | "name" | "isModule" | "entry"> {
  return { source: code, name: evalName, isModule: false, entry: "main" };
}

/** Names evaluated code in stack traces. */
const evalName = "<eval>";

function refused(reason: string): Execution {
  return { outcome: { kind: "refused", reason }, usage: noUsage, writes: [], events: [] };
}
