import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import {
  agentProgram,
  type ByteDuplex,
  type Guest,
  type GuestExit,
  type GuestOptions,
  openGuest,
} from "@bedplate/guest-client";
import { eventually, openScratchFolder, type ScratchFolder } from "@bedplate/testkit";

export interface AgentOptions {
  /** The agent's user; the tests' own by default. */
  readonly uid?: number | undefined;
  /** By default the agent's scratch folder `root`; `/` for all of this host. */
  readonly root?: string | undefined;
  readonly arguments?: readonly string[] | undefined;
}

export const token = "a token of a test";

/** An agent on this host, at a socket of its own. Its end is awaited, and takes what it started along. */
export class Agent implements AsyncDisposable {
  readonly path: string;
  readonly child: ChildProcess;
  readonly socketPath: string;
  readonly #scratch: ScratchFolder;
  readonly #ended: Promise<void>;
  #stderr = "";

  constructor(scratch: ScratchFolder, options: AgentOptions) {
    this.#scratch = scratch;
    this.path = scratch.path;
    this.socketPath = join(scratch.path, "agent.sock");
    const program = join(scratch.path, "agent");
    copyFileSync(agentProgram(), program);
    chmodSync(program, 0o755);
    chmodSync(scratch.path, 0o755);
    const { uid, root = "/", arguments: extra = [] } = options;
    if (uid !== undefined) chownSync(scratch.path, uid, uid);
    const words = ["--listen", `unix:${this.socketPath}`, "--root", root, ...extra];
    this.child = spawn(program, words, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { BEDPLATE_GUEST_TOKEN: token, PATH: process.env["PATH"] },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    this.#ended = new Promise((resolve) => this.child.once("exit", () => resolve()));
    this.child.stderr?.on("data", (text: Buffer) => {
      this.#stderr += text.toString();
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Its resident memory, in KiB. */
  get residentKib(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  }

  socket(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.socketPath, () => resolve(socket));
      socket.once("error", reject);
    });
  }

  async connect(options: GuestOptions = {}): Promise<Guest> {
    return await openGuest(duplexOf(await this.socket()), { token, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGTERM");
    const killer = setTimeout(() => this.child.kill("SIGKILL"), 8_000);
    await this.#ended;
    clearTimeout(killer);
    this.#scratch[Symbol.dispose]();
  }
}

export async function startAgent(options: AgentOptions = {}): Promise<Agent> {
  const agent = new Agent(openScratchFolder("guest"), options);
  await eventually("the agent listens", async () => {
    if (agent.child.exitCode !== null) throw new Error(`The agent ended: ${agent.stderr}`);
    return await agent.socket().then(
      (socket) => {
        socket.destroy();
        return true;
      },
      () => false,
    );
  });
  return agent;
}

export function duplexOf(stream: Duplex): ByteDuplex {
  return Duplex.toWeb(stream) as ByteDuplex;
}

export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function* bytesOf(
  ...parts: readonly (string | Uint8Array)[]
): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? Buffer.from(part) : part;
}

/** What a command prints, and how it ends. */
export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly exit: GuestExit;
}

export async function run(
  guest: Guest,
  command: string,
  more: { user?: string; cwd?: string } = {},
): Promise<Ran> {
  const started = await guest.processes.start({ argv: ["/bin/sh", "-c", command], ...more });
  const [out, err] = await Promise.all([textOf(started.stdout), textOf(started.stderr)]);
  return { out, err, exit: await started.exit };
}

/** Root is needed to be someone else. */
export const isRoot: boolean = process.getuid?.() === 0;
/** Users that the agent is tried as. */
export const users: readonly (number | undefined)[] = isRoot ? [undefined, 65534] : [undefined];
