import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestBytes } from "@bedplate/codec";
import {
  createHostPort,
  type Environment,
  type Exit,
  type Instance,
  type InstanceSpec,
  type KeyedCall,
  newCall,
  openEnvironment,
  type Plugin,
} from "@bedplate/environment";
import {
  type ContainerConfig,
  type ContainerDeclares,
  containerPlugin,
} from "@bedplate/environment-container";
import { raise } from "@bedplate/errors";

export type ContainerInstance = Instance<ContainerDeclares>;

/** How a command ended, and what it said. */
export interface Said {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

const mebibyte = 1024 * 1024;

/** Machines in places of their own, behind the gate, with artifacts in memory. */
export class MachineRig implements AsyncDisposable {
  readonly environment: Environment<ContainerDeclares>;
  readonly folder: string;
  readonly owner: string;
  readonly blobs: Map<string, Uint8Array>;
  #keys = 0;
  #isClosed = false;

  private constructor(options: {
    readonly environment: Environment<ContainerDeclares>;
    readonly folder: string;
    readonly owner: string;
    readonly blobs: Map<string, Uint8Array>;
  }) {
    this.environment = options.environment;
    this.folder = options.folder;
    this.owner = options.owner;
    this.blobs = options.blobs;
  }

  static async open(
    config: ContainerConfig = {},
    options: {
      readonly again?: { readonly folder: string; readonly owner: string };
      readonly plugin?: Plugin<ContainerDeclares>;
    } = {},
  ): Promise<MachineRig> {
    const { again, plugin = containerPlugin } = options;
    const folder = again?.folder ?? (await mkdtemp(join(tmpdir(), "bpc-")));
    // Machines' own users pass through.
    await chmod(folder, 0o711);
    const owner = again?.owner ?? `test-${process.pid}-${Math.random()}`;
    const blobs = new Map<string, Uint8Array>();
    const host = createHostPort({
      owner,
      grants: ["blob:read"],
      ports: { "blob:read": { read: async (digest) => found(blobs, digest) } },
    });
    const call = newCall({ principal: "test", timeoutMs: 60_000, key: "open" });
    const places = { stateFolder: join(folder, "state"), dataFolder: join(folder, "data") };
    const environment = await openEnvironment(
      plugin,
      { host, config: { ...places, diskBytes: 128 * mebibyte, ...config } },
      call,
    );
    return new MachineRig({ environment, folder, owner, blobs });
  }

  /** The next life of a server that has ended. */
  static reopen(options: {
    readonly folder: string;
    readonly owner: string;
    readonly config: ContainerConfig;
  }): Promise<MachineRig> {
    const { folder, owner, config } = options;
    return MachineRig.open(config, { again: { folder, owner } });
  }

  call(timeoutMs = 30_000): KeyedCall {
    return newCall({ principal: "test", timeoutMs, key: `key-${this.#keys++}` });
  }

  store(bytes: Uint8Array): Digest {
    const digest = digestBytes(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  spec(more: Partial<InstanceSpec> = {}): InstanceSpec {
    const artifact = this.store(new TextEncoder().encode('{"root":"host"}'));
    return { artifact, config: {}, caps: {}, labels: {}, ...more };
  }

  async machine(more: Partial<InstanceSpec> = {}): Promise<ContainerInstance> {
    const instance = await this.environment.create(this.spec(more), this.call());
    await instance.start(this.call());
    return instance;
  }

  async run(instance: ContainerInstance, argv: readonly string[], user?: string): Promise<Said> {
    const { exec } = instance.facets;
    const process = await exec.start({ argv, user }, this.call());
    const parts = { stdout: "", stderr: "", tty: "" };
    for await (const { stream, data } of exec.output(
      { process: process.id, from: 0 },
      this.call(),
    )) {
      parts[stream] += Buffer.from(data).toString("latin1");
    }
    const exit = await exec.wait({ process: process.id }, this.call());
    return { exit, stdout: parts.stdout, stderr: parts.stderr };
  }

  sh(instance: ContainerInstance, script: string): Promise<Said> {
    return this.run(instance, ["/bin/sh", "-c", script]);
  }

  async release(instance: ContainerInstance): Promise<void> {
    await instance.stop({ graceMs: 0 }, this.call());
    await instance.release(this.call());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.environment.close(this.call());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function found(blobs: ReadonlyMap<string, Uint8Array>, digest: Digest): Uint8Array {
  const bytes = blobs.get(digest);
  if (bytes !== undefined) return bytes;
  throw raise("resource.missing", {
    op: "blob.read",
    detail: { type: "blob", id: digest },
    message: "Cannot read the blob: there is none",
  });
}
