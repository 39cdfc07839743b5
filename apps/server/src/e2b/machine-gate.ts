import { systemClock } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { MachineAccess, MachineService } from "@bedplate/machines";
import type { SandboxDirectory } from "./control/sandbox-directory.ts";
import { readNote } from "./control/sandbox-note.ts";
import type { SandboxTokens } from "./control/sandbox-tokens.ts";
import { type SignedUrl, SignedUrls } from "./control/signed-urls.ts";
import { stepTimeoutMs } from "./envd/sandbox-use.ts";
import type { ReachedSandbox, SandboxGate } from "./sandbox-gate.ts";

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

  async reach(sandboxId: string): Promise<ReachedSandbox | undefined> {
    const project = await this.#directory.projectOf(sandboxId);
    if (project === undefined) return undefined;
    try {
      const signal = AbortSignal.timeout(reachMs);
      return this.#reached(await this.#machines.reach({ project, id: sandboxId, signal }));
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
    const { isSecured, allowPublicTraffic, maskRequestHost } = note;
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
      ...(isSecured && { accessToken: this.#tokens.accessToken(id) }),
      ...(!allowPublicTraffic && { trafficToken: this.#tokens.trafficToken(id) }),
      ...(maskRequestHost !== undefined && { maskHost: maskRequestHost }),
      status: () => access.status(access.call({ timeoutMs: stepTimeoutMs })),
    };
  }
}
