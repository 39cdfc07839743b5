import type { Environment, Permission, Plugin } from "@bedplate/environment";
import type { ReleaseOrigin } from "./origin.ts";

/** A release as it arrives: the plug-in and what the operator decided about it. */
export interface Bundle {
  readonly plugin: Plugin;
  /** What the build digest was computed over; checked when given. */
  readonly bytes?: Uint8Array | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly grants?: readonly Permission[] | undefined;
  /** With one, the bundle is recorded whole, and a later life of the host can mount it again. */
  readonly origin?: ReleaseOrigin | undefined;
}

/** A release opened on this host: in process, in a worker thread or in a child process. */
export interface Mount {
  readonly environment: Environment;
  /** Ends instances and frees what the mount holds; closing twice does nothing. */
  close(): Promise<void>;
}

/** Opens a bundle; the composition root decides where it runs. */
export type OpenMount = (bundle: Bundle) => Promise<Mount>;
