import type { Digest } from "@bedplate/codec";
import type { ProcessOutput } from "@bedplate/environment";
import type { LayeredRoot, RootConfig } from "@bedplate/oci";
import type { ReleaseUse } from "@bedplate/registry";
import { type BuildStep, stepLine } from "../build-step.ts";
import { keepRoot } from "../kept-roots.ts";
import type { RootResolver } from "../root-resolver.ts";
import type { Build, BuildPlan } from "../template.ts";
import { stepMsDefault } from "../template-limits.ts";
import type { TemplatesModules } from "../templates-modules.ts";
import { type DoneStep, stepTable } from "../templates-tables.ts";
import type { BuildFilesStore } from "./build-files.ts";
import type { BuildLog } from "./build-log.ts";
import { BuildMachine } from "./build-machine.ts";
import { configAfter, rootAfter, stepDigest } from "./build-state.ts";
import { checkStart } from "./check-start.ts";
import { contextStream } from "./context-stream.ts";
import { copyArchive, copyScript } from "./copy-script.ts";
import { OutputLines } from "./output-lines.ts";
import { demandSuccess } from "./step-failure.ts";

/** What a build needs beside the modules. */
export interface BuildRunnerModules extends TemplatesModules {
  readonly roots: RootResolver;
  readonly files: BuildFilesStore;
}

/** How one build is done. */
export interface BuildRun {
  readonly build: Build;
  readonly plan: BuildPlan;
  readonly log: BuildLog;
  /** Told before each step, so that a failure can name it. */
  onStep(step: number | undefined): void;
  readonly signal: AbortSignal;
}

/** Does the steps of a plan, each in a machine of its own where its result is not known already. */
export class BuildRunner {
  readonly #modules: BuildRunnerModules;

  constructor(modules: BuildRunnerModules) {
    this.#modules = modules;
  }

  /** The artifact that the build is. */
  async run(run: BuildRun): Promise<Digest> {
    const { plan, build, log, signal } = run;
    const { project } = build;
    log.add(`FROM ${plan.from}`);
    const from = await this.#modules.roots.resolve(project, plan.from, { signal });
    let root = await this.#modules.roots.describe(from.root, { signal });
    using use = this.#modules.registry.slots.use(plan.slot);
    for (const [at, step] of plan.steps.entries()) {
      run.onStep(at);
      log.add(stepLine(step), { step: at });
      root = rootAfter(root, await this.#step({ ...run, use, root, step, at }));
    }
    run.onStep(undefined);
    const digest = await this.#keep(root, project);
    if (plan.start !== undefined)
      await this.#start({ ...run, use, root: digest, config: root.config });
    return digest;
  }

  async #step(work: StepWork): Promise<DoneStep> {
    const { build, plan, root, step, log, at } = work;
    const { state, clock } = this.#modules;
    const config = configAfter(root.config, step);
    if (step.kind !== "RUN" && step.kind !== "COPY" && step.kind !== "WORKDIR") {
      return { config, doneAt: clock.now() };
    }
    const files = step.kind === "COPY" ? await this.#filesOf(build.project, step.files) : "";
    const key = `${build.project}/${stepDigest(root, step, files).slice(7)}`;
    const known = plan.isForced ? null : await stepTable.get(state, key);
    if (known !== null) {
      log.add("done before", { step: at });
      return known.document;
    }
    const layer = await this.#inMachine(work, files);
    const done: DoneStep = { ...(layer && { layer }), config, doneAt: clock.now() };
    await state.commit({ ops: [stepTable.put(key, done)] });
    return done;
  }

  async #inMachine(work: StepWork, files: string) {
    const { build, root, step, at, log } = work;
    await using machine = await this.#open(work, await this.#keep(root, build.project));
    const lines = new OutputLines((line, stream) =>
      log.add(line, { step: at, level: stream === "stderr" ? "warn" : "info" }),
    );
    const onOutput = (output: ProcessOutput) => lines.add(output);
    await doStep(machine, {
      step,
      config: root.config,
      files: () => this.#read(files, work),
      onOutput,
    });
    lines.end();
    // Awaited here: the machine goes when this ends.
    return await machine.layer();
  }

  async #start(
    run: BuildRun & {
      readonly use: ReleaseUse;
      readonly root: Digest;
      readonly config: RootConfig;
    },
  ): Promise<void> {
    const { plan, root, config, log, signal } = run;
    if (plan.start === undefined) return;
    log.add(`START ${plan.start.command}`);
    await using machine = await this.#open(run, root);
    const lines = new OutputLines((line, stream) =>
      log.add(line, { level: stream === "stderr" ? "warn" : "info" }),
    );
    const { user, workdir: cwd } = config;
    const { clock } = this.#modules;
    const onOutput = (output: ProcessOutput) => lines.add(output);
    await checkStart(machine, plan.start, { clock, user: userOf(user), cwd, signal, onOutput });
    lines.end();
  }

  #open(
    { build, plan, use, signal }: BuildRun & { readonly use: ReleaseUse },
    root: Digest,
  ): Promise<BuildMachine> {
    const { project, caps } = build;
    const { hasNetwork } = plan;
    return BuildMachine.open(this.#modules, { use, root, project, caps, hasNetwork, signal });
  }

  #keep(root: LayeredRoot, project: string): Promise<Digest> {
    return keepRoot(this.#modules, root, { project });
  }

  async #filesOf(project: string, name: string): Promise<string> {
    return (await this.#modules.files.get(project, name)).artifact;
  }

  #read(artifact: string, { signal }: BuildRun): Promise<Uint8Array> {
    return this.#modules.artifacts.read(artifact as Digest, { signal });
  }
}

interface StepWork extends BuildRun {
  readonly use: ReleaseUse;
  readonly root: LayeredRoot;
  readonly step: BuildStep;
  readonly at: number;
}

/** A name without the group behind it. */
function userOf(user: string | undefined): string | undefined {
  const name = user?.split(":")[0];
  return name === "" ? undefined : name;
}

async function doStep(
  machine: BuildMachine,
  options: {
    readonly step: BuildStep;
    readonly config: RootConfig;
    readonly files: () => Promise<Uint8Array>;
    readonly onOutput: (output: ProcessOutput) => void;
  },
): Promise<void> {
  const { step, config, onOutput } = options;
  const { workdir: cwd = "/" } = config;
  const user = userOf(config.user);
  const timeoutMs = stepMsDefault;
  if (step.kind === "RUN") {
    const argv = ["/bin/sh", "-c", step.command];
    const as = userOf(step.user) ?? user ?? "root";
    const command = { argv, user: as, cwd, timeoutMs: step.timeoutMs ?? timeoutMs, onOutput };
    return demandSuccess(await machine.run(command), "the command");
  }
  if (step.kind === "WORKDIR") {
    const path = configAfter(config, step).workdir ?? "/";
    const argv = ["/bin/sh", "-c", workdirScript, "workdir", path, config.user ?? ""];
    const made = await machine.run({ argv, user: "root", cwd: "/", timeoutMs, onOutput });
    return demandSuccess(made, "making the folder");
  }
  if (step.kind !== "COPY") return;
  await machine.write(copyArchive, contextStream(await options.files()));
  const to = step.to.startsWith("/") ? step.to : `${cwd}/${step.to}`;
  const owner = step.owner ?? config.user ?? "";
  const argv = ["/bin/sh", "-c", copyScript, "copy", step.from, to, owner, step.mode ?? ""];
  const copied = await machine.run({ argv, user: "root", cwd: "/", timeoutMs, onOutput });
  demandSuccess(copied, "copying");
}

/** A folder that is made belongs to the user of the steps; one that is there stays as it is. */
const workdirScript = `
set -e
[ -d "$1" ] && exit 0
mkdir -p "$1"
[ "$2" = "" ] || chown "$2" "$1"
`;
