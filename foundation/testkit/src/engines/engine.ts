/** What tests can start. */
export type EngineKind = "postgres" | "redis" | "haproxy" | "s3-light" | "s3-strict";

/** A real engine that a test owns; disposing it removes every trace. */
export interface Engine extends AsyncDisposable {
  /** With credentials, for example `postgres://user:password@127.0.0.1:20001/postgres`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What it printed lately, to look into a failure. */
  logs(): string;
  /** SIGKILL of all its processes, by pid; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; kills it first when it runs. */
  restart(): Promise<void>;
  /** SIGSTOP of all its processes: connections stay, and nothing answers. */
  freeze(): Promise<void>;
  /** SIGCONT of all its processes. */
  thaw(): Promise<void>;
}
