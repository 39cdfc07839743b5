import type { Digest } from "@bedplate/codec";
import {
  type Caps,
  type EgressPolicy,
  type Instance,
  type KeyedCall,
  newCall,
  type ProcessOutput,
} from "@bedplate/environment";
import { type LayerBlobs, LayerPacker } from "@bedplate/oci";
import type { ReleaseUse } from "@bedplate/registry";
import { stepMsMax } from "../template-limits.ts";
import type { TemplatesModules } from "../templates-modules.ts";

/** What a machine of a build stands on. */
export interface BuildMachineOptions {
  readonly use: ReleaseUse;
  readonly root: Digest;
  readonly project: string;
  readonly caps: Caps;
  readonly hasNetwork: boolean;
  readonly signal: AbortSignal;
}

/** A command in the machine. */
export interface BuildCommand {
  readonly argv: readonly string[];
  readonly user?: string | undefined;
  readonly cwd?: string | undefined;
  readonly timeoutMs: number;
  /** Takes the output as it comes. */
  readonly onOutput?: ((output: ProcessOutput) => void) | undefined;
}

/** How a command ended. */
export interface BuildCommandEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isTimedOut: boolean;
}

/** How long making, ending and capturing a machine may take. */
const machineMs = 120_000;
const captureMs = 900_000;

/** The public network; what is inside stays out of reach. */
const publicNetwork: EgressPolicy = { rules: [], otherwise: "allow" };

/** One machine in which steps of a build are done; it lives as long as it is held. */
export class BuildMachine implements AsyncDisposable {
  readonly #modules: Pick<TemplatesModules, "clock" | "random" | "blobs">;
  readonly #options: BuildMachineOptions;
  readonly #instance: Instance;

  private constructor(
    modules: Pick<TemplatesModules, "clock" | "random" | "blobs">,
    options: BuildMachineOptions & { readonly instance: Instance },
  ) {
    this.#modules = modules;
    this.#options = options;
    this.#instance = options.instance;
  }

  static async open(
    modules: Pick<TemplatesModules, "clock" | "random" | "blobs">,
    options: BuildMachineOptions,
  ): Promise<BuildMachine> {
    const { use, root, caps, hasNetwork } = options;
    const { declares } = use.environment.manifest;
    const call = callOf(modules, options, machineMs);
    const spec = {
      artifact: root,
      config: buildConfig(use),
      caps,
      labels: { purpose: "template-build" },
      ...(hasNetwork && declares.egress !== undefined && { egress: publicNetwork }),
    };
    const instance = await use.environment.create(spec, call);
    const machine = new BuildMachine(modules, { ...options, instance });
    try {
      await instance.start(call);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a command to its end. */
  async run(command: BuildCommand): Promise<BuildCommandEnd> {
    const { onOutput, ...request } = command;
    const exec = this.#instance.facet("exec");
    const call = this.#call(command.timeoutMs + machineMs);
    const process = await exec.start(request, call);
    for await (const output of exec.output({ process: process.id, from: 0 }, call)) {
      onOutput?.(output);
    }
    const exit = await exec.wait({ process: process.id }, call);
    return { code: exit.code, signal: exit.signal, isTimedOut: exit.isTimedOut === true };
  }

  /** Puts a file into the machine, as root. */
  async write(path: string, body: ReadableStream<Uint8Array>): Promise<void> {
    const request = { path, body, user: "root", mode: 0o600 };
    await this.#instance.facet("files").write(request, this.#call(stepMsMax));
  }

  /** What was added since the machine was made; undefined for nothing. */
  async layer(): Promise<LayerBlobs | undefined> {
    const { blobs } = this.#modules;
    const { signal } = this.#options;
    const packer = new LayerPacker(async (part) => void (await blobs.putContent(part, { signal })));
    const sink = (chunk: Uint8Array) => packer.add(chunk);
    await this.#instance.facet("snapshot").capture({ scope: "layer", sink }, this.#call(captureMs));
    // An archive without members has two blocks.
    return packer.bytes <= 1024 ? undefined : packer.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever left does not wait, but the machine goes all the same.
    const call = callOf(this.#modules, { ...this.#options, signal: undefined }, machineMs);
    try {
      if (this.#instance.phase === "running") await this.#instance.stop({ graceMs: 0 }, call);
      if (this.#instance.phase !== "released") await this.#instance.release(call);
    } catch {
      this.#instance.kill();
    }
  }

  #call(timeoutMs: number): KeyedCall {
    return callOf(this.#modules, this.#options, timeoutMs);
  }
}

/** Steps may become any user, where the environment knows such a config. */
function buildConfig({ environment }: ReleaseUse): Readonly<Record<string, unknown>> {
  const properties = environment.manifest.instanceSchema?.["properties"];
  const hasUser = properties !== undefined && "user" in (properties as object);
  return hasUser ? { user: "root" } : {};
}

function callOf(
  modules: Pick<TemplatesModules, "clock" | "random">,
  options: { readonly project: string; readonly signal: AbortSignal | undefined },
  timeoutMs: number,
): KeyedCall {
  const { clock, random } = modules;
  return newCall({
    principal: `project/${options.project}`,
    key: `build/${Buffer.from(random.bytes(12)).toString("base64url")}`,
    timeoutMs,
    now: () => clock.now(),
    signal: options.signal,
  });
}
