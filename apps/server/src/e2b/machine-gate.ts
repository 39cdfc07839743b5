import { systemClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { MachineAccess, MachineService } from "@bedplate/machines";
import type { SandboxDirectory } from "./control/sandbox-directory.ts";
import { readNote, type SandboxNote } from "./control/sandbox-note.ts";
import type { SandboxTokens } from "./control/sandbox-tokens.ts";
import { type SignedUrl, SignedUrls } from "./control/signed-urls.ts";
import { stepTimeoutMs } from "./envd/sandbox-use.ts";
import type { KnownSandbox, ReachedSandbox, SandboxGate, SandboxLocks } from "./sandbox-gate.ts";

/** Longest wait for a sandbox that is on its way. */
const reachMs = 30_000;

/** The way to sandboxes that are machines. */
export class MachineGate implements SandboxGate {
  readonly #machines: MachineService;
  readonly #directory: SandboxDirectory;
  readonly #tokens: SandboxTokens;
  readonly #signed: SignedUrls;

  constructor(modules: {
    readonly machines: MachineService;
    readonly directory: SandboxDirectory;
    readonly tokens: SandboxTokens;
  }) {
    this.#machines = modules.machines;
    this.#directory = modules.directory;
    this.#tokens = modules.tokens;
    this.#signed = new SignedUrls({ ...modules, clock: systemClock });
  }

  look(sandboxId: string): Promise<KnownSandbox | undefined> {
    return this.#inProject(sandboxId, async (project) => {
      const machine = await this.#machines.get(project, sandboxId);
      const note = readNote(machine);
      if (note === undefined) return undefined;
      return { ...this.#locksOf(sandboxId, note), isRunning: machine.observed.state === "running" };
    });
  }

  reach(sandboxId: string): Promise<ReachedSandbox | undefined> {
    return this.#inProject(sandboxId, async (project) => {
      const signal = AbortSignal.timeout(reachMs);
      return this.#reached(await this.#machines.reach({ project, id: sandboxId, signal }));
    });
  }

  async #inProject<T>(
    sandboxId: string,
    find: (project: string) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const project = await this.#directory.projectOf(sandboxId);
    if (project === undefined) return undefined;
    try {
      return await find(project);
    } catch (error) {
      if (isFault(error, "resource.missing")) await this.#directory.delete(sandboxId);
      if (isFault(error, "resource.missing") || isFault(error, "phase.illegal")) return undefined;
      throw error;
    }
  }

  findSigned(url: SignedUrl): Promise<string | undefined> {
    return this.#signed.find(url);
  }

  #reached(access: MachineAccess): ReachedSandbox | undefined {
    const { machine } = access;
    const note = readNote(machine);
    if (note === undefined) return undefined;
    const { id, env } = machine;
    const { maskRequestHost } = note;
    return {
      use: {
        sandboxId: id,
        exec: access.facet("exec"),
        files: access.facet("files"),
        call: (options) => access.call(options),
      },
      serve: access.facet("serve"),
      env,
      hasInterpreter: note.hasInterpreter === true,
      ...this.#locksOf(id, note),
      ...(maskRequestHost !== undefined && { maskHost: maskRequestHost }),
      status: () => access.status(access.call({ timeoutMs: stepTimeoutMs })),
    };
  }

  #locksOf(id: string, { isSecured, allowPublicTraffic }: SandboxNote): SandboxLocks {
    return {
      ...(isSecured && { accessToken: this.#tokens.accessToken(id) }),
      ...(!allowPublicTraffic && { trafficToken: this.#tokens.trafficToken(id) }),
    };
  }
}
