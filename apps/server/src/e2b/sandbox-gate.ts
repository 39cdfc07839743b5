import type { InstanceStatus, ServeDriver } from "@bedplate/environment";
import type { SignedUrl } from "./control/signed-urls.ts";
import type { SandboxUse } from "./envd/sandbox-use.ts";

/** What requests for a sandbox have to show. */
export interface SandboxLocks {
  /** What its own port asks for. Left out: nothing. */
  readonly accessToken?: string | undefined;
  /** What its other ports ask for. Left out: nothing. */
  readonly trafficToken?: string | undefined;
}

/** What is known of a sandbox without waking it. */
export interface KnownSandbox extends SandboxLocks {
  readonly isRunning: boolean;
}

/** A running sandbox with what its front door has to know. */
export interface ReachedSandbox extends SandboxLocks {
  readonly use: SandboxUse;
  readonly serve: ServeDriver;
  /** The `Host` that its ports hear, with `${PORT}` for the port. */
  readonly maskHost?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Whether snippets of code can be run in it. */
  readonly hasInterpreter: boolean;
  status(): Promise<InstanceStatus>;
}

/** Where requests for sandboxes come through. */
export interface SandboxGate {
  /** Reads what a request has to show, and wakes nothing; undefined where there is no such sandbox. */
  look(sandboxId: string): Promise<KnownSandbox | undefined>;
  /** A running one, or one that runs again because it is asked for; undefined for any other. */
  reach(sandboxId: string): Promise<ReachedSandbox | undefined>;
  /** The sandbox with whose access token a URL was signed; undefined where there is none. */
  findSigned(url: SignedUrl): Promise<string | undefined>;
}
