import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { raise } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import { files } from "./config.ts";
import { RuntimeSocket } from "./runtime-socket.ts";

/** How an engine is run. */
export interface EngineOptions {
  readonly program: string;
  readonly folder: string;
  readonly log: Log;
  /** Writes configuration and maps of what is wanted now; called before every start. */
  readonly prepare: () => Promise<void>;
}

const startMs = 10_000;
const stopMs = 5_000;
/** Between a death and the next start: short, and longer each time that it dies at once. */
const againMsFirst = 20;
const againMsMax = 5_000;

/**
 * One HAProxy with its master, in a process group of its own, so that it goes on serving when this
 * process dies; the next one that opens the folder takes its listeners over. While this process
 * lives, an engine that dies is started again.
 */
export class Engine implements AsyncDisposable {
  readonly socket: RuntimeSocket;
  readonly #options: EngineOptions;
  #child: ChildProcess | undefined;
  #isClosing = false;
  #again: NodeJS.Timeout | undefined;
  #againMs = againMsFirst;
  #ready: Promise<void> = Promise.resolve();

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.socket = new RuntimeSocket(join(options.folder, files.socket));
  }

  /** Starts an engine, in the place of one that runs in the folder already. */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.#check();
    try {
      await engine.#start();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  /** The master's process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Settles when the engine that is being started answers. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#again);
    await this.#ready.catch(() => {});
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGUSR1");
    const timer = setTimeout(() => killGroup(child), stopMs);
    await ended;
    clearTimeout(timer);
  }

  /**
   * Starts an engine that reads the files as they are now, in the place of this one, which ends what
   * it has begun. One that is starting may have read them before: it is replaced as well.
   */
  async replace(): Promise<void> {
    await this.#ready.catch(() => {});
    if (this.#isClosing) return;
    clearTimeout(this.#again);
    try {
      await this.#start();
    } catch (error) {
      this.#options.log.warn("haproxy does not start", { reason: String(error) });
      this.#later();
    }
  }

  /** A configuration that the engine refuses is found before the old engine is touched. */
  async #check(): Promise<void> {
    const { program, folder, prepare } = this.#options;
    await prepare();
    try {
      await promisify(execFile)(program, ["-c", "-f", join(folder, files.config)]);
    } catch (cause) {
      const { stderr, code } = cause as { readonly stderr?: string; readonly code?: unknown };
      const isMissing = code === "ENOENT";
      throw raise("provider.unavailable", {
        op: "ingress.open",
        detail: { provider: "ingress-haproxy" },
        message: isMissing
          ? `Cannot start HAProxy: there is no program ${program}`
          : `Cannot start HAProxy: it refuses its configuration: ${alerts(stderr)}`,
        retry: isMissing ? "never" : undefined,
        cause,
      });
    }
  }

  #start(): Promise<void> {
    this.#ready = this.#startNow();
    this.#ready.catch(() => {});
    return this.#ready;
  }

  async #startNow(): Promise<void> {
    const { program, folder, log, prepare } = this.#options;
    await prepare();
    const config = join(folder, files.config);
    const [pids, takeOver] = [join(folder, files.pids), await this.#takeOver()];
    const child = spawn(program, ["-W", "-f", config, "-p", pids, ...takeOver], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-4_096);
    });
    child.once("error", () => {});
    child.once("exit", (code, signal) => {
      // The workers of a master that was killed hold the port; they belong to the same group.
      killGroup(child);
      if (this.#isClosing || this.#child !== child) return;
      log.warn("haproxy ended", { code: code ?? -1, signal: signal ?? "", said: alerts(said) });
      this.#later();
    });
    await this.#untilReady(child, () => said);
    await writeFile(pids, `${child.pid}\n`);
    this.#againMs = againMsFirst;
  }

  #later(): void {
    if (this.#isClosing) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      this.#start().catch((error: unknown) => {
        this.#options.log.warn("haproxy does not start", { reason: String(error) });
        this.#later();
      });
    }, this.#againMs);
    this.#againMs = Math.min(this.#againMs * 2, againMsMax);
  }

  /** Arguments by which a new engine gets the listeners of one that an earlier process left. */
  async #takeOver(): Promise<readonly string[]> {
    const { folder } = this.#options;
    const text = await readFile(join(folder, files.pids), "utf8").catch(() => "");
    const pid = Number(text.trim());
    if (!Number.isInteger(pid) || pid <= 1 || !isOurs(pid, folder)) return [];
    return ["-x", join(folder, files.socket), "-sf", String(pid)];
  }

  async #untilReady(child: ChildProcess, said: () => string): Promise<void> {
    const untilMs = performance.now() + startMs;
    for (;;) {
      const pid = await this.#masterOf().catch(() => undefined);
      if (pid !== undefined && pid === child.pid) return;
      const isGone =
        child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      if (isGone || performance.now() > untilMs) {
        killGroup(child);
        throw raise("provider.unavailable", {
          op: "ingress.open",
          detail: { provider: "ingress-haproxy" },
          message: `Cannot start HAProxy: it does not answer: ${alerts(said())}`,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The parent of the process that answers at the socket. */
  async #masterOf(): Promise<number | undefined> {
    const facts = await this.socket.ask(["show info"]);
    const worker = /^Pid: (\d+)$/m.exec(facts)?.[1];
    const stat = await readFile(`/proc/${worker}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
}

/** False for a process that has the number of one that is gone. */
function isOurs(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(folder, files.config));
  } catch {
    return false;
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

/** The lines in which the engine says what is wrong. */
function alerts(text = ""): string {
  const lines = text.split("\n").filter((line) => line.includes("[ALERT]"));
  return lines.slice(0, 3).join(" ").slice(0, 500);
}
