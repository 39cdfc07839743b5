import type { Exit } from "../../exit.ts";
import type { ExecDriver, ExecRequest, Process } from "../../facets/exec.ts";
import type { FilesDriver } from "../../facets/files.ts";
import type { SnapshotManifest, SnapshotScope } from "../../facets/snapshot.ts";
import type { Environment } from "../../gate/environment.ts";
import type { Instance } from "../../gate/instance.ts";
import type { InstanceSpec } from "../../instance-driver.ts";
import type { CaseRig } from "../case-rig.ts";
import type { Argv, MachineCommands } from "../conformance-machine.ts";
import { ensure } from "../expectations.ts";
import type { RigHost } from "../rig-host.ts";

/** What a case may choose for a machine. */
export interface MachineOptions {
  /** Default: the lane's shared environment. */
  readonly environment?: Environment | undefined;
  readonly spec?: Partial<InstanceSpec> | undefined;
  /** Default: true. */
  readonly isStarted?: boolean | undefined;
}

/** How a process ended, and what it said. */
export interface Ended {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine and the short words for what cases do with it. */
export class MachineRig {
  readonly rig: CaseRig;
  readonly instance: Instance;

  constructor(rig: CaseRig, instance: Instance) {
    this.rig = rig;
    this.instance = instance;
  }

  get exec(): ExecDriver {
    return this.instance.facet("exec");
  }

  get files(): FilesDriver {
    return this.instance.facet("files");
  }

  /** A path in the folder where everything may be done. */
  path(name: string): string {
    return `${this.rig.subject.machine?.folder ?? "/tmp"}/${name}`;
  }

  start(argv: Argv, more: Omit<ExecRequest, "argv"> = {}): Promise<Process> {
    return this.exec.start({ argv, ...more }, this.rig.call());
  }

  /** Runs to the end. */
  async run(argv: Argv, more: Omit<ExecRequest, "argv"> = {}): Promise<Ended> {
    return this.finish(await this.start(argv, more));
  }

  /** What a process said, from its first byte that is kept, and how it ended. */
  async finish({ id }: Process): Promise<Ended> {
    const parts: { [S in "stdout" | "stderr" | "tty"]: Uint8Array[] } = {
      stdout: [],
      stderr: [],
      tty: [],
    };
    const request = { process: id, from: 0 };
    for await (const { stream, data } of this.exec.output(request, this.rig.call())) {
      parts[stream].push(data);
    }
    const exit = await this.exec.wait({ process: id }, this.rig.call());
    const [stdout, stderr] = [parts.stdout, parts.stderr].map((each) => textOf(each));
    return { exit, stdout: stdout ?? "", stderr: stderr ?? "" };
  }

  /** What a command says, without its last line break; it has to exit with 0. */
  async ask(argv: Argv, more: Omit<ExecRequest, "argv"> = {}): Promise<string> {
    const { exit, stdout, stderr } = await this.run(argv, more);
    ensure(exit.code === 0, `${argv.join(" ")} ended with ${exit.code ?? exit.signal}: ${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  /** The lines that a process says, one by one; leaving the loop leaves the process alone. */
  async *lines(process: Process, from = 0): AsyncGenerator<string> {
    let rest = "";
    const request = { process: process.id, from };
    for await (const { data } of this.exec.output(request, this.rig.call())) {
      rest += Buffer.from(data).toString("utf8").replaceAll("\r\n", "\n");
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  }

  /** Waits until the process has said the line. */
  async until(process: Process, wanted: string): Promise<void> {
    for await (const line of this.lines(process)) if (line === wanted) return;
    ensure(false, `${process.request.argv.join(" ")} ended without "${wanted}"`);
  }

  async kill(process: Process): Promise<Exit> {
    await this.exec.signal({ process: process.id, name: "SIGKILL" }, this.rig.call());
    return this.exec.wait({ process: process.id }, this.rig.call());
  }

  async write(path: string, text: string): Promise<void> {
    await this.files.write({ path, body: streamOf(text) }, this.rig.call());
  }

  async read(path: string): Promise<string> {
    return textOf([await bytesOf(await this.files.read({ path }, this.rig.call()))]);
  }

  /** The paths below a folder. */
  async paths(path: string, depth = 1): Promise<readonly string[]> {
    const entries = await Array.fromAsync(this.files.list({ path, depth }, this.rig.call()));
    return entries.map((each) => each.path);
  }

  /** Captures into the host's blobs. */
  async capture(
    scope: SnapshotScope,
    options: { readonly host: RigHost; readonly parent?: SnapshotManifest },
  ): Promise<Captured> {
    const { host, parent } = options;
    const chunks: Uint8Array[] = [];
    const sink = async (chunk: Uint8Array) => {
      chunks.push(chunk.slice());
      host.add(chunk.slice());
    };
    const request = { scope, sink, ...(parent && { parent }) };
    const manifest = await this.instance.facet("snapshot").capture(request, this.rig.call());
    return { manifest, chunks };
  }
}

/** A snapshot, and the chunks that were given for it. */
export interface Captured {
  readonly manifest: SnapshotManifest;
  readonly chunks: readonly Uint8Array[];
}

/** Makes a machine of the program `echo`. */
export async function openMachine(rig: CaseRig, options: MachineOptions = {}): Promise<MachineRig> {
  return new MachineRig(rig, await rig.instance("echo", options));
}

/** The command of a subject; cases name those that they need, so it is there. */
export function command<N extends keyof MachineCommands>(
  rig: CaseRig,
  name: N,
): NonNullable<MachineCommands[N]> {
  const commands = rig.subject.machine?.commands;
  const found = commands?.[name];
  ensure(found !== undefined, `the subject has no command "${name}"`);
  return found.bind(commands) as NonNullable<MachineCommands[N]>;
}

export function streamOf(contents: string | Uint8Array): ReadableStream<Uint8Array> {
  const data = typeof contents === "string" ? Buffer.from(contents) : contents;
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= data.length) return controller.close();
      controller.enqueue(new Uint8Array(data.subarray(at, at + 65_536)));
      at += 65_536;
    },
  });
}

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await Array.fromAsync(stream)));
}

function textOf(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString("utf8");
}
