import { type Clock, type Random, seededRandom, untilAborted } from "@bedplate/clock";
import {
  type CapName,
  type Caps,
  denyAll,
  type Exit,
  type InstanceHandle,
  type InstanceSpec,
  type Phase,
  type ResourceUse,
  type VolumeMount,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { FakeOperations } from "../fake-operations.ts";
import type { FakeImage } from "./fake-image.ts";
import { type FakeHosts, FakeNetwork } from "./fake-network.ts";
import { FakePorts } from "./fake-ports.ts";
import type { FakeProcess } from "./fake-process.ts";
import { FileTree } from "./file-tree.ts";
import { concurrentMax, exitKeptMs, outputBytesKept } from "./machine-manifest.ts";

/** What a machine is made of. */
export interface FakeMachineOptions {
  readonly handle: InstanceHandle;
  readonly spec: InstanceSpec;
  readonly image: FakeImage;
  readonly operations: FakeOperations;
  readonly hosts: FakeHosts;
}

/** Whose processes run where nobody says. */
const defaultUser = "user";
/** Names by name or number. */
const users: ReadonlyMap<string, string> = new Map([
  ["root", "root"],
  ["0", "root"],
  ["user", "user"],
  ["1000", "user"],
  ["guest", "guest"],
  ["1001", "guest"],
]);

/** One machine, as the room holds it: it outlives a host that forgets it. */
export class FakeMachine {
  readonly handle: InstanceHandle;
  readonly image: FakeImage;
  readonly spec: InstanceSpec;
  readonly operations: FakeOperations;
  readonly tree: FileTree;
  readonly network: FakeNetwork;
  readonly ports: FakePorts;
  readonly bytesKept: number = outputBytesKept;
  readonly listeners: Map<number, string> = new Map();
  /** Of its own: no other machine has the same, whatever both were restored from. */
  readonly random: Random;
  readonly identity: readonly string[];
  phase: Phase = "created";
  sinceAt: number;
  exit: Exit | undefined;
  caps: Caps;
  readonly #processes = new Map<string, FakeProcess>();
  readonly #listening = new Map<FakeProcess, number>();
  readonly #ended = Promise.withResolvers<void>();
  #lastPid = 1;
  #pausedAt = 0;
  #pausedMs = 0;
  #resumed: PromiseWithResolvers<void> | undefined;

  constructor(options: FakeMachineOptions) {
    const { handle, spec, image, operations, hosts } = options;
    this.handle = handle;
    this.spec = spec;
    this.image = image;
    this.operations = operations;
    this.caps = spec.caps;
    this.sinceAt = operations.clock.now();
    this.random = seededRandom(handle.incarnation);
    this.identity = ["boot", "machine", "mac", "host-key"].map(
      (each) => `${each} ${Buffer.from(this.random.bytes(8)).toString("hex")}`,
    );
    const { clock } = operations;
    this.tree = new FileTree({ now: () => clock.now(), capOf: (name) => this.capOf(name) });
    this.network = new FakeNetwork({ hosts, policy: spec.egress ?? denyAll });
    this.ports = new FakePorts(this);
    this.#furnish();
  }

  get id(): string {
    return this.handle.id;
  }

  get owner(): string {
    return this.handle.owner;
  }

  get volumes(): readonly VolumeMount[] {
    return this.spec.volumes ?? [];
  }

  get clock(): Clock {
    return this.operations.clock;
  }

  get isAlive(): boolean {
    return this.phase === "running" || this.phase === "paused";
  }

  /** Resolves when the machine is no more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** All processes that are still known. */
  get processes(): readonly FakeProcess[] {
    const goneAt = this.clock.now() - exitKeptMs;
    for (const [id, { exit }] of this.#processes) {
      if (exit !== undefined && exit.at < goneAt) this.#processes.delete(id);
    }
    return [...this.#processes.values()];
  }

  get live(): readonly FakeProcess[] {
    return [...this.#processes.values()].filter(({ exit }) => exit === undefined);
  }

  get processCount(): number {
    return this.live.reduce((sum, { state }) => sum + 1 + state.children, 0);
  }

  get memoryBytes(): number {
    return this.live.reduce((sum, { state }) => sum + state.memoryBytes, 0);
  }

  get resources(): ResourceUse {
    return {
      at: Math.round(this.clock.now()),
      cpuMs: 0,
      memoryBytes: this.memoryBytes,
      processes: this.processCount,
      diskBytes: this.tree.added.diskBytes,
    };
  }

  /** The guest's own clock: it stands still while the machine is paused. */
  monotonic(): number {
    const now = this.clock.monotonic();
    return (this.phase === "paused" ? this.#pausedAt : now) - this.#pausedMs;
  }

  /** Resolves once the machine runs; what waits here does nothing while it is paused. */
  async running(signal?: AbortSignal): Promise<void> {
    while (this.#resumed !== undefined) await untilAborted(this.#resumed.promise, signal);
  }

  move(phase: Phase): void {
    const was = this.phase;
    if (was === phase) return;
    this.phase = phase;
    this.sinceAt = this.clock.now();
    if (phase === "paused") {
      this.#pausedAt = this.clock.monotonic();
      this.#resumed = Promise.withResolvers();
    } else if (was === "paused") {
      this.#pausedMs += this.clock.monotonic() - this.#pausedAt;
      this.#resumed?.resolve();
      this.#resumed = undefined;
    }
  }

  /** Asks every process to end, then ends what is left. */
  async stop(how: {
    readonly graceMs: number;
    readonly signal?: string | undefined;
  }): Promise<Exit> {
    if (this.exit !== undefined) return this.exit;
    const { graceMs, signal = "SIGTERM" } = how;
    if (graceMs > 0 && this.live.length > 0 && this.phase === "running") {
      const ending = Promise.all(this.live.map((each) => each.kill(signal)));
      const over = new AbortController();
      await Promise.race([ending, this.clock.sleep(graceMs, { signal: over.signal })]);
      over.abort();
    }
    return this.#end();
  }

  async release(): Promise<void> {
    this.#end();
    this.move("released");
    await this.ports.close();
  }

  capOf(name: CapName): number | undefined {
    return this.caps[name];
  }

  process(id: string): FakeProcess {
    const found = this.processes.find(({ state }) => state.id === id);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "instance.exec",
      detail: { type: "process", id },
      message: `Cannot find process/${id}: there is none, or it ended long ago`,
    });
  }

  add(process: FakeProcess): void {
    this.#processes.set(process.state.id, process);
    this.#lastPid = Math.max(this.#lastPid, process.state.pid);
  }

  nextPid(): number {
    return this.#lastPid + 1;
  }

  /** Refuses a process more than may be there at once. */
  demandSlot(): void {
    const bounds = [
      [concurrentMax, this.live.length],
      [this.capOf("processes") ?? Number.POSITIVE_INFINITY, this.processCount],
    ] as const;
    for (const [limit, count] of bounds) {
      if (count < limit) continue;
      throw raise("quota.exceeded", {
        op: "instance.exec.start",
        detail: { meter: "processes", limit, asked: count + 1 },
        message: `Cannot start the process: ${limit} are there already`,
      });
    }
  }

  listen(port: number, options: { readonly text: string; readonly process: FakeProcess }): void {
    this.listeners.set(port, options.text);
    this.#listening.set(options.process, port);
  }

  forgetListeners(process: FakeProcess): void {
    const port = this.#listening.get(process);
    if (port !== undefined) this.listeners.delete(port);
    this.#listening.delete(process);
  }

  /** A user by name or number; refuses one that the machine has not. */
  user(name: string = defaultUser): string {
    const found = users.get(name);
    if (found !== undefined) return found;
    throw raise("argument.invalid", {
      op: "instance.exec",
      detail: { path: "/user", rule: "is no user of this machine" },
      message: "Cannot do it in the machine: /user is no user of this machine",
    });
  }

  home(user: string): string {
    return user === "root" ? "/root" : `/home/${user}`;
  }

  absolute(path: string, user?: string): string {
    return path.startsWith("/") ? path : `${this.home(this.user(user))}/${path}`;
  }

  envOf({ state }: FakeProcess): Readonly<Record<string, string>> {
    const user = this.user(state.request.user);
    return { HOME: this.home(user), USER: user, ...this.spec.env, ...state.request.env };
  }

  #end(): Exit {
    this.exit ??= {
      code: 0,
      signal: null,
      isOutOfMemory: false,
      at: Math.round(this.clock.now()),
    };
    for (const each of this.live) each.end({ signal: "SIGKILL" });
    this.move("stopped");
    this.#ended.resolve();
    return this.exit;
  }

  #furnish(): void {
    const folders = { "/root": "root", "/home/user": "user", "/home/guest": "guest" };
    for (const [path, owner] of Object.entries(folders)) {
      this.tree.put(path, { kind: "folder", owner, mode: 0o755 });
    }
    this.tree.put("/tmp", { kind: "folder", owner: "root", mode: 0o777 });
    for (const [path, text] of Object.entries(this.image.files ?? {})) {
      const data = new Uint8Array(Buffer.from(text));
      this.tree.put(this.tree.resolve(path), { kind: "file", data, owner: "root" });
    }
    this.tree.settle();
  }
}
