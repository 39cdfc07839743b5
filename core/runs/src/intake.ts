import { newId } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { decide } from "@bedplate/registry";
import { withSpan } from "@bedplate/telemetry";
import { Admissions } from "./admissions.ts";
import type { OfferedArtifact } from "./artifacts.ts";
import type { Run } from "./run.ts";
import { priorityDefault, type RunRequest } from "./run-request.ts";
import { type OnceKey, requestDigest } from "./run-store.ts";
import type { RunsModules } from "./runs-modules.ts";
import { keepBytes } from "./stored-bytes.ts";

/** A request that may run: its record, and what is not stored yet. Dispose it when the record is. */
export interface PreparedRun extends Disposable {
  readonly run: Run;
  readonly input: Uint8Array;
  readonly once?: OnceKey | undefined;
  /** Stores the artifact where the request brought its bytes. */
  keepArtifact(): Promise<void>;
}

/** Decides whether a request may run at all, before anything of it is stored. */
export class Intake {
  readonly #modules: RunsModules;
  readonly #admissions: Admissions;

  constructor(modules: RunsModules) {
    this.#modules = modules;
    this.#admissions = new Admissions(() => modules.clock.now());
  }

  /** The idempotency key of a request with the digest of what it asks. */
  onceOf(request: RunRequest): OnceKey | undefined {
    if (request.idempotencyKey === undefined) return undefined;
    const { artifact, slot, entry = "main", input, budget = {}, config = {} } = request;
    const parts = [slot, artifact, entry, input, JSON.stringify([budget, config])];
    return { key: request.idempotencyKey, request: requestDigest(parts) };
  }

  /** Policy, admission and budget; throws the fault that the caller gets. */
  prepare(request: RunRequest): Promise<PreparedRun> {
    return withSpan("run.policy", { "bedplate.slot": request.slot }, () => this.#prepare(request));
  }

  async #prepare(request: RunRequest): Promise<PreparedRun> {
    const { artifacts } = this.#modules;
    const { artifact, project } = request;
    const isBrought = artifact instanceof Uint8Array;
    if (!isBrought) await artifacts.demandOwn(artifact, project);
    const offered = isBrought ? artifacts.offer(artifact) : undefined;
    try {
      const digest = offered?.digest ?? (request.artifact as Digest);
      return { ...(await this.#decide(request, digest)), ...ends(offered) };
    } catch (error) {
      offered?.[Symbol.dispose]();
      throw error;
    }
  }

  async #decide(
    request: RunRequest,
    artifact: Digest,
  ): Promise<Pick<PreparedRun, "run" | "input" | "once">> {
    const { registry, blobs } = this.#modules;
    const { slot, project, input, entry = "main" } = request;
    using use = registry.slots.use(slot);
    const { declares } = use.environment.manifest;
    if (declares.invoke === undefined) throw notInvokable(slot);
    const policy = await registry.policies.get(slot);
    const asked = request.budget ?? {};
    const { meters } = declares.invoke;
    const { budget, rule } = decide(policy, { slot, project, asked, meters });
    await this.#admissions.demand(use, { artifact, entry, principal: `project/${project}` });
    const run = this.#record(request, {
      artifact,
      entry,
      budget,
      rule,
      release: use.release,
      input: await keepBytes(blobs, input),
    });
    return { run, input, once: this.onceOf(request) };
  }

  #record(
    request: RunRequest,
    decided: Pick<Run, "artifact" | "entry" | "budget" | "rule" | "release" | "input">,
  ): Run {
    const { clock, random } = this.#modules;
    const { project, slot, config = {}, labels = {}, artifactName, trace } = request;
    const { name, version, build } = decided.release;
    const now = clock.now();
    return {
      id: newId("run", now, random),
      project,
      slot,
      ...decided,
      release: { name, version, build },
      ...(artifactName !== undefined && { artifactName }),
      config,
      priority: request.priority ?? priorityDefault,
      labels,
      phase: "queued",
      attempts: 0,
      now,
      seed: Buffer.from(random.bytes(32)).toString("hex"),
      createdAt: now,
      ...(trace !== undefined && trace !== "" && { trace }),
    };
  }
}

function ends(
  offered: OfferedArtifact | undefined,
): Pick<PreparedRun, "keepArtifact"> & Disposable {
  return {
    keepArtifact: async () => offered?.keep(),
    [Symbol.dispose]: () => offered?.[Symbol.dispose](),
  };
}

function notInvokable(slot: string): Error {
  return raise("capability.undeclared", {
    op: "runs.submit",
    subject: `slot/${slot}`,
    detail: { facet: "invoke" },
    message: `Cannot run on slot/${slot}: its environment does not declare invoke`,
  });
}
