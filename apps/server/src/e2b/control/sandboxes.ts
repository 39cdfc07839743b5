import {
  apiErrorOf,
  type CreateRequest,
  type EgressRules,
  type ForkRequest,
  type ForkView,
  type SandboxMetric,
} from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import { isSettled, type Machine, type MachineService } from "@bedplate/machines";
import { defaultUser } from "../envd/sandbox-use.ts";
import { metricOf, sandboxCaps } from "../sandbox-metric.ts";
import { sandboxConfig, type Template, type Templates } from "../templates/templates.ts";
import { egressPolicyOf } from "./egress-policy.ts";
import type { SandboxDirectory } from "./sandbox-directory.ts";
import { annotationOf, noteOf, readNote, type SandboxNote } from "./sandbox-note.ts";
import { asSandbox, isPaused, type Sandbox } from "./sandbox-views.ts";

/** Longest wait for a sandbox to become what is asked for. */
const settleMs = 60_000;

/** What the front door is built on. */
export interface SandboxesModules {
  readonly machines: MachineService;
  readonly directory: SandboxDirectory;
  readonly templates: Templates;
}

/** Names one sandbox of a project. */
export interface SandboxRef {
  readonly project: string;
  readonly id: string;
}

/** Sandboxes, as E2B means them, on the service of machines. */
export class Sandboxes {
  readonly #modules: SandboxesModules;

  constructor(modules: SandboxesModules) {
    this.#modules = modules;
  }

  /** Answers when it runs. */
  async create(
    request: CreateRequest,
    options: {
      readonly project: string;
      readonly timeoutSeconds: number;
      readonly isSecured: boolean;
      readonly idempotencyKey?: string | undefined;
    },
  ): Promise<Sandbox> {
    const { project, timeoutSeconds, isSecured, idempotencyKey } = options;
    if ((request.volumeMounts ?? []).length > 0) throw unsupported("volumes");
    const template = await this.#startOf(project, request.templateID);
    const { start, snapshot, templateID, hasInterpreter } = template;
    const note = { ...noteOf(request, isSecured), templateID, hasInterpreter };
    const { autoPause = false, autoPauseMemory = true, autoResume } = request;
    const pauses = autoPauseMemory ? "pause" : "stop";
    const made = await this.#modules.machines.create({
      project,
      ...start,
      snapshot,
      env: { ...start.env, ...request.envVars },
      start: template.command && { ...template.command, user: defaultUser },
      egress: egressPolicyOf(note.egress, note.hasInternet),
      annotations: annotationOf(note),
      ttlMs: timeoutSeconds * 1000,
      onExpiry: autoPause ? pauses : "delete",
      resumesOnTraffic: autoResume?.enabled ?? false,
      idempotencyKey,
    });
    await this.#modules.directory.add(made.id, project);
    return this.#running(made, settleMs + (template.command?.readyMs ?? 0));
  }

  async get(ref: SandboxRef): Promise<Sandbox> {
    const sandbox = asSandbox(await this.#machine(ref));
    if (sandbox === undefined) throw missing(ref.id);
    return sandbox;
  }

  /** Has it running, with at least so much time left. */
  async connect(
    ref: SandboxRef,
    timeoutSeconds: number,
  ): Promise<{ readonly sandbox: Sandbox; readonly isResumed: boolean }> {
    const { machines } = this.#modules;
    const ttlMs = timeoutSeconds * 1000;
    const before = await this.get(ref);
    if (!isPaused(before)) {
      await machines.setLifetime({ ...ref, ttlMs, isOnlyLater: true });
      return { sandbox: await this.get(ref), isResumed: false };
    }
    const machine = await machines.resume(ref.project, ref.id, { ttlMs });
    return { sandbox: await this.#running(machine), isResumed: true };
  }

  /** Ends it, with all that is in it. */
  async kill(ref: SandboxRef): Promise<void> {
    const { machines, directory } = this.#modules;
    await this.get(ref);
    const machine = await machines.delete(ref.project, ref.id);
    await directory.delete(ref.id);
    await this.#settled(machine);
  }

  async setTimeout(ref: SandboxRef, timeoutSeconds: number): Promise<void> {
    const sandbox = await this.get(ref);
    if (isPaused(sandbox)) throw conflict(sandbox, "set the end of");
    const ttlMs = Math.max(1, timeoutSeconds * 1000);
    await this.#modules.machines.setLifetime({ ...ref, ttlMs });
  }

  /** With `keepsMemory`, processes go on later; without, it boots again. */
  async pause(ref: SandboxRef, keepsMemory: boolean): Promise<void> {
    const { machines } = this.#modules;
    const { project, id } = ref;
    const sandbox = await this.get(ref);
    if (isPaused(sandbox)) throw conflict(sandbox, "pause");
    const machine = await (keepsMemory ? machines.pause(project, id) : machines.stop(project, id));
    await this.#settled(machine);
  }

  /** Replaces what may leave it. */
  async setNetwork(ref: SandboxRef, rules: EgressRules): Promise<void> {
    const { machines } = this.#modules;
    const { note } = await this.get(ref);
    const hasInternet = rules.allow_internet_access ?? true;
    await machines.setEgress(ref, egressPolicyOf(rules, hasInternet));
    const changed: SandboxNote = { ...note, hasInternet, egress: rules };
    await machines.relabel(ref, { annotations: annotationOf(changed) });
  }

  async metrics(
    ref: SandboxRef,
    range: { readonly from?: number | undefined; readonly to?: number | undefined },
  ): Promise<readonly SandboxMetric[]> {
    const { from = 0, to = Number.POSITIVE_INFINITY } = range;
    const { machine } = await this.get(ref);
    const samples = await this.#modules.machines.metrics(ref);
    return samples
      .map((use, at) => ({
        use,
        metric: metricOf(use, { caps: machine.caps, before: samples[at - 1] }),
      }))
      .filter(({ use }) => use.at >= from && use.at <= to)
      .map(({ metric }) => metric);
  }

  /** Copies of a running sandbox; each succeeds or fails for itself. */
  async fork(
    ref: SandboxRef,
    request: ForkRequest,
    view: (sandbox: Sandbox) => ForkView,
  ): Promise<readonly ForkView[]> {
    const { timeout, count = 1 } = request;
    const source = await this.get(ref);
    const ttlMs = (timeout ?? defaultForkSeconds) * 1000;
    const change = { ttlMs, annotations: annotationOf(source.note) };
    const forks = await this.#modules.machines.fork({ ...ref, count, change });
    return Promise.all(
      forks.map(async (machine) => {
        try {
          await this.#modules.directory.add(machine.id, ref.project);
          return view(await this.#running(machine));
        } catch (error) {
          return { error: apiErrorOf(error, "e2b.fork") };
        }
      }),
    );
  }

  async #machine({ project, id }: SandboxRef): Promise<Machine> {
    return this.#modules.machines.get(project, id);
  }

  /** What a sandbox of that template, or of that snapshot, is made from. */
  async #startOf(
    project: string,
    name: string,
  ): Promise<Template & { readonly snapshot?: string | undefined }> {
    const template = await this.#modules.templates.find(project, name);
    if (template !== undefined) {
      const { start } = template;
      const caps = { ...sandboxCaps, ...start.caps };
      return { ...template, start: { config: sandboxConfig, ...start, caps } };
    }
    const { snapshots } = this.#modules.machines;
    const named = await snapshots.list({ project, name, limit: 1 });
    const snapshot =
      named.snapshots[0] ?? (await snapshots.get(project, name).catch(() => undefined));
    if (snapshot === undefined) throw noTemplate(name);
    const hasInterpreter = readNote(snapshot)?.hasInterpreter;
    return { templateID: snapshot.id, snapshot: snapshot.id, start: {}, hasInterpreter };
  }

  async #running(machine: Machine, timeoutMs = settleMs): Promise<Sandbox> {
    const found = await this.#settled(machine, timeoutMs);
    const sandbox = asSandbox(found);
    if (found.observed.state === "running" && sandbox !== undefined) return sandbox;
    await this.#modules.machines.delete(machine.project, machine.id).catch(() => {});
    throw notStarted(found);
  }

  #settled(machine: Machine, timeoutMs = settleMs): Promise<Machine> {
    const signal = AbortSignal.timeout(timeoutMs);
    return this.#modules.machines.wait(machine, { signal, isDone: isSettled });
  }
}

const defaultForkSeconds = 300;

function missing(id: string): Error {
  return raise("resource.missing", {
    op: "e2b.sandbox",
    detail: { type: "sandbox", id },
    message: `Cannot find the sandbox ${id.slice(0, 64)}: there is none`,
  });
}

function noTemplate(name: string): Error {
  return raise("resource.missing", {
    op: "e2b.create",
    detail: { type: "template", id: name },
    message: `Cannot create the sandbox: there is no template ${name.slice(0, 64)}`,
  });
}

function conflict({ machine }: Sandbox, verb: string): Error {
  return raise("resource.busy", {
    op: "e2b.sandbox",
    detail: { type: "sandbox", id: machine.id, by: "its pause" },
    message: `Cannot ${verb} the sandbox ${machine.id}: it is paused`,
  });
}

function notStarted({ id, observed }: Machine): Error {
  const reason = observed.fault?.message ?? `it is ${observed.state}`;
  return raise("environment.unhealthy", {
    op: "e2b.create",
    detail: { reason },
    message: `Cannot start the sandbox ${id}: ${reason}`,
  });
}

function unsupported(what: string): Error {
  return raise("capability.undeclared", {
    op: "e2b.create",
    detail: { facet: what },
    message: `Cannot create the sandbox: ${what} are not supported`,
  });
}
