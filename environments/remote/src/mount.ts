import {
  type Budget,
  type Call,
  type Declares,
  type Environment,
  type HostPort,
  type Manifest,
  type OpenEnvironmentOptions,
  openEnvironment,
  type Plugin,
} from "@bedplate/environment";

/** An environment that is loaded and can be opened: in this thread, in workers or in processes. */
export interface Mount extends AsyncDisposable {
  readonly manifest: Manifest;
  /** Opens the bare environment, without a gate: for tests and for whoever brings a gate. */
  readonly plugin: Plugin;
  readonly where: "thread" | "worker" | "process";
  /** Opens it for callers, behind the gate; what the gate kills, this mount ends. */
  open(options: MountOpenOptions, call: Call): Promise<Environment>;
  health(): MountHealth;
  /** Ends everything that runs on this mount by force; fresh cells take over. */
  kill(): void;
  /** Ends everything, and leaves nothing behind. Closing twice does nothing. */
  close(): Promise<void>;
}

export interface MountOpenOptions {
  readonly host: HostPort;
  readonly config?: unknown;
  readonly ceiling?: Budget | undefined;
  readonly guard?: OpenEnvironmentOptions["guard"];
  readonly now?: (() => number) | undefined;
  readonly instancesMax?: number | undefined;
}

export interface MountHealth {
  readonly isHealthy: boolean;
  readonly reason?: string | undefined;
  /** Cells that were replaced since the mount was made. */
  readonly restarts: number;
}

/** Mounts a plug-in in this thread: the fastest, and nothing can end what it does by force. */
export function mountInThread<D extends Declares>(typed: Plugin<D>): Mount {
  // A mount knows its declarations as data, not as a type.
  const plugin = typed as unknown as Plugin;
  return {
    manifest: plugin.manifest,
    plugin,
    where: "thread",
    open: (options, call) => openEnvironment(plugin, options, call),
    health: () => ({ isHealthy: true, restarts: 0 }),
    kill: () => {},
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
