/** What create and connect answer. */
export interface SandboxView {
  readonly templateID: string;
  readonly sandboxID: string;
  readonly clientID: string;
  readonly envdVersion: string;
  readonly envdAccessToken?: string | undefined;
  readonly trafficAccessToken?: string | undefined;
  readonly domain?: string | undefined;
  readonly alias?: string | undefined;
}

/** One line of a list. */
export interface ListedSandbox {
  readonly templateID: string;
  readonly alias?: string | undefined;
  readonly sandboxID: string;
  readonly clientID: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endAt: string;
  readonly cpuCount: number;
  readonly memoryMB: number;
  readonly diskSizeMB: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly state: "running" | "paused";
  readonly envdVersion: string;
}

/** Everything of one sandbox. */
export interface SandboxDetail extends ListedSandbox {
  readonly envdAccessToken?: string | undefined;
  readonly domain?: string | undefined;
  readonly allowInternetAccess?: boolean | undefined;
  readonly network?: Readonly<Record<string, unknown>> | undefined;
  readonly lifecycle: {
    readonly onTimeout: "kill" | "pause";
    readonly autoResume: boolean;
  };
  readonly volumeMounts: readonly unknown[];
}

/** What a sandbox used at one moment. */
export interface SandboxMetric {
  readonly timestamp: string;
  readonly timestampUnix: number;
  readonly cpuCount: number;
  readonly cpuUsedPct: number;
  readonly memUsed: number;
  readonly memTotal: number;
  readonly memCache: number;
  readonly diskUsed: number;
  readonly diskTotal: number;
}

/** A snapshot, by its id and the names that lead to it. */
export interface SnapshotView {
  readonly snapshotID: string;
  readonly names: readonly string[];
}

/** One copy, or why there is none. */
export type ForkView =
  | { readonly sandbox: SandboxView }
  | { readonly error: { readonly code: number; readonly message: string } };

/** The version that clients hear: it switches on all that they can do. */
export const envdVersion = "0.6.4";
