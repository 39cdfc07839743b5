import type { Clock } from "@bedplate/clock";
import type { JsonSchema } from "@bedplate/schema";
import type { Log } from "@bedplate/telemetry";

/** The contracts that a provider can keep. */
export type ProviderContract = "state" | "blob" | "cache" | "queue" | "ingress";

/** What a host gives to a driver when it opens it. */
export interface ProviderHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Environment variables, for settings that name one (`passwordVariable`). */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** An empty place beside what is stored: drivers that are opened on it share it, and nothing else. */
export interface ScratchPlace<Driver> extends AsyncDisposable {
  /** Each driver stands for a process of its own. */
  open(): Promise<Driver>;
}

/**
 * A technology behind one contract. A provider package exports it as `provider`; a host finds it by
 * the scheme of a URL.
 */
export interface ProviderModule<Driver extends AsyncDisposable> {
  readonly contract: ProviderContract;
  /** `<contract>-<technology>`, for example `state-postgres`. */
  readonly name: string;
  /** Schemes of its URLs, without the colon, for example `["postgres", "postgresql"]`. */
  readonly schemes: readonly string[];
  /** What may stand in the query of its URLs. */
  readonly settings: JsonSchema;
  /** Opens what the URL names; makes or migrates what is missing there. */
  open(url: string, host: ProviderHost): Promise<Driver>;
  /** Makes a scratch place in the engine that the URL names; disposing it removes every trace. */
  openScratch(url: string, host: ProviderHost): Promise<ScratchPlace<Driver>>;
}
