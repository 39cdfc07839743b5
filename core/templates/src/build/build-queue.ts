import { isFault, toFault } from "@bedplate/errors";
import type { StoredDocument } from "@bedplate/state";
import type { Build, BuildFailure } from "../template.ts";
import { buildMsMax } from "../template-limits.ts";
import type { TemplateStore } from "../template-store.ts";
import { buildTable, type OpenBuild, openTable } from "../templates-tables.ts";
import { BuildLog, logLength } from "./build-log.ts";
import { BuildRunner, type BuildRunnerModules } from "./build-runner.ts";
import { StepFailure } from "./step-failure.ts";

/** How long a replica's word counts that it does a build, and how often it gives it anew. */
const holdMs = 30_000;
const beatMs = 10_000;

/** How often builds are looked for that nobody does: those of replicas that are gone. */
const lookMs = 10_000;

/**
 * Does builds, so many at once. A build that was accepted ends, whichever replica does it: one whose
 * replica is gone is begun again by another, which finds the steps that were done.
 */
export class BuildQueue implements AsyncDisposable {
  readonly #modules: BuildRunnerModules;
  readonly #store: TemplateStore;
  readonly #runner: BuildRunner;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #cancelled = new Map<string, AbortController>();
  #looking: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(modules: BuildRunnerModules, options: { readonly store: TemplateStore }) {
    this.#modules = modules;
    this.#store = options.store;
    this.#runner = new BuildRunner(modules);
  }

  /** Begins to look for builds; the owner disposes it. */
  start(): void {
    this.#looking = this.#look();
  }

  /** Says that there is something to do. */
  wake(): void {
    this.#wake?.();
  }

  /** Ends a build that is done here, if it is. */
  cancel(id: string): void {
    this.#cancelled.get(id)?.abort(new StepFailure("the build was taken back"));
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, log } = this.#modules;
    while (!signal.aborted) {
      try {
        await this.#takeAll();
      } catch (error) {
        log.warn("builds not looked for", { reason: toFault(error, "templates.look").code });
      }
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      const waiting = new AbortController();
      const either = AbortSignal.any([signal, waiting.signal]);
      await Promise.race([woken.promise, clock.sleep(lookMs, { signal: either }).catch(() => {})]);
      waiting.abort();
    }
  }

  async #takeAll(): Promise<void> {
    const { state, clock, limits } = this.#modules;
    for await (const entry of state.listAll({ prefix: `${openTable.name}/` })) {
      if (this.#running.size >= limits.buildsMax || this.#stopping.signal.aborted) return;
      const open = openTable.read(entry);
      const { id, until, slot } = open.document;
      const isFree = until <= clock.now() && !this.#running.has(id) && this.#hasSlot(slot);
      if (isFree && (await this.#hold(open))) this.#begin(open.document);
    }
  }

  /** A replica that has not mounted what does the steps leaves them to the others. */
  #hasSlot(slot: string): boolean {
    return this.#modules.registry.slots.list().some((each) => each.slot === slot);
  }

  /** Takes a build; false where another one was faster. */
  async #hold(open: StoredDocument<OpenBuild>): Promise<boolean> {
    const { state, clock, replica } = this.#modules;
    const held = { ...open.document, replica, until: clock.now() + holdMs };
    try {
      await state.commit({ checks: [openTable.at(open)], ops: [openTable.put(open.id, held)] });
      return true;
    } catch (error) {
      if (isFault(error, "version.mismatch")) return false;
      throw error;
    }
  }

  #begin({ id, project }: OpenBuild): void {
    const cancelling = new AbortController();
    this.#cancelled.set(id, cancelling);
    const work = this.#do(project, id, cancelling)
      .catch((error: unknown) => {
        const { code, message } = toFault(error, "templates.build");
        this.#modules.log.error("build not ended", { build: id, code, reason: message });
      })
      .finally(() => {
        this.#running.delete(id);
        this.#cancelled.delete(id);
        this.wake();
      });
    this.#running.set(id, work);
  }

  async #do(project: string, id: string, cancelling: AbortController): Promise<void> {
    const { state, clock } = this.#modules;
    let found = await buildTable.get(state, `${project}/${id}`);
    if (found === null || found.document.plan === undefined) {
      await state.commit({ ops: [openTable.delete(id)] });
      return;
    }
    const startedAt = found.document.startedAt ?? clock.now();
    await this.#store.change(found, { phase: "building", startedAt });
    found = await this.#store.build(project, id);
    const left = startedAt + buildMsMax - clock.now();
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, cancelling.signal, over.signal]);
    const watch = new AbortController();
    void this.#beat(id, { cancelling, signal: watch.signal });
    void clock
      .sleep(Math.max(0, left), { signal: watch.signal })
      .then(() => over.abort(new StepFailure(`the build took more than ${buildMsMax} ms`)))
      .catch(() => {});
    try {
      await this.#execute(found, signal);
    } finally {
      watch.abort();
    }
  }

  async #execute(found: StoredDocument<Build>, signal: AbortSignal): Promise<void> {
    const { state, clock } = this.#modules;
    const { id, plan } = found.document;
    if (plan === undefined) return;
    const from = await logLength(state, id);
    const log = new BuildLog({ state, build: id, from, now: () => clock.now() });
    let step: number | undefined;
    const onStep = (at: number | undefined) => {
      step = at;
    };
    try {
      const root = await this.#runner.run({ build: found.document, plan, log, onStep, signal });
      log.add("the template is ready");
      await log.flush();
      await this.#store.change(found, { phase: "ready", root, endedAt: clock.now() });
    } catch (error) {
      // A replica that closes leaves its builds to the others.
      if (this.#stopping.signal.aborted) return;
      if (isBug(error))
        this.#modules.log.error("build failed", { build: id, reason: reasonOf(error) });
      const failure = failureOf(signal.aborted ? signal.reason : error, step);
      log.add(failure.message, { level: "error", step });
      await log.flush();
      await this.#store.change(found, { phase: "failed", failure, endedAt: clock.now() });
    }
  }

  /** Says again and again that the build is done here, until it is not, or until it was taken away. */
  async #beat(
    id: string,
    options: { readonly cancelling: AbortController; readonly signal: AbortSignal },
  ): Promise<void> {
    const { clock, replica, state } = this.#modules;
    const { cancelling, signal } = options;
    while (!signal.aborted) {
      await clock.sleep(beatMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      const open = await openTable.get(state, id).catch(() => undefined);
      if (open === undefined) continue;
      if (open === null || open.document.replica !== replica) {
        cancelling.abort(new StepFailure("the build was taken back"));
        return;
      }
      await this.#hold(open).catch(() => false);
    }
  }

  /** Ends what is done here; other replicas, or a later life of this one, go on with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error("the server closes"));
    this.#wake?.();
    await this.#looking;
    await Promise.all(this.#running.values());
    await this.#letGo();
  }

  /** So that nobody waits for a replica that is gone. */
  async #letGo(): Promise<void> {
    const { state, replica } = this.#modules;
    for await (const entry of state.listAll({ prefix: `${openTable.name}/` })) {
      const open = openTable.read(entry);
      if (open.document.replica !== replica) continue;
      const free = { ...open.document, replica: "", until: 0 };
      await state
        .commit({ checks: [openTable.at(open)], ops: [openTable.put(open.id, free)] })
        .catch(() => {});
    }
  }
}

/** What its maker has to know; of a bug only that there was one. */
function failureOf(error: unknown, step: number | undefined): BuildFailure {
  const at = step === undefined ? {} : { step };
  if (error instanceof StepFailure) return { ...at, message: error.message };
  const { message } = toFault(error, "templates.build");
  return { ...at, message: isBug(error) ? "a fault inside the server" : message };
}

function isBug(error: unknown): boolean {
  return (
    !(error instanceof StepFailure) && toFault(error, "templates.build").code === "internal.bug"
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const because = error.cause === undefined ? "" : ` because ${reasonOf(error.cause)}`;
  return `${error.stack ?? error.message}${because}`;
}
