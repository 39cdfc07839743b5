/** Facts beside a message: flat, without payloads or secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one JSON line per message: a constant lower-case text, facts as fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}

export interface LogOptions {
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Messages below this level are dropped. */
  readonly level?: LogLevel | undefined;
  readonly fields?: LogFields | undefined;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Opens a log that writes lines through `options.write`. */
export function createLog(options: LogOptions): Log {
  const { write, now, level = "info", fields = {} } = options;
  const at =
    (rank: LogLevel) =>
    (message: string, facts: LogFields = {}) => {
      if (ranks[rank] < ranks[level]) return;
      const time = new Date(now()).toISOString();
      write(`${JSON.stringify({ time, level: rank, message, ...fields, ...facts })}\n`);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => createLog({ ...options, fields: { ...fields, ...more } }),
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
