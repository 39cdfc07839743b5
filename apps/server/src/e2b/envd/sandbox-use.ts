import type { ExecDriver, FilesDriver, KeyedCall } from "@bedplate/environment";
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** A running sandbox, as one request uses it. */
export interface SandboxUse {
  readonly sandboxId: string;
  readonly exec: ExecDriver;
  readonly files: FilesDriver;
  /** Makes the call of one operation. */
  call(options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  }): KeyedCall;
}

/** Who asks for what: a sandbox, and the user of it that the request names. */
export interface EnvdRequest {
  readonly use: SandboxUse;
  readonly user: string;
}

/** A call of Connect: what is asked, and how its connection is cut. */
export interface EnvdCall extends EnvdRequest {
  readonly cut: () => void;
}

/** Carries the request's sandbox to the handlers of Connect. */
export const envdRequestKey: ContextKey<EnvdCall | undefined> = createContextKey<
  EnvdCall | undefined
>(undefined, { description: "the sandbox of a request" });

/** Whose rights hold where a request names nobody. */
export const defaultUser = "user";

/** Who may touch every file. */
export const rootUser = "root";

/** How long one step of a sandbox's file system or process table may take. */
export const stepTimeoutMs = 30_000;

/** Longest stream: that of a process or a watch without a time limit of its own. */
export const streamTimeoutMs: number = 24 * 3600 * 1000;
