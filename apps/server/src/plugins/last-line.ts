import { type Log, type LogFields, silentLog } from "@bedplate/telemetry";

/** Longest line that goes into a fault, in characters. */
const lineCharactersMax = 300;

/** A log that passes everything on and remembers what a plug-in printed last. */
export interface ListeningLog {
  readonly log: Log;
  /** The last line that was not empty; undefined while there is none. */
  last(): string | undefined;
}

/** Listens to a log, so that a start that fails can say why. */
export function listenTo(log: Log = silentLog): ListeningLog {
  let last: string | undefined;
  const wrap = (inner: Log): Log => ({
    ...inner,
    info(message: string, fields?: LogFields) {
      const line = String(fields?.["line"] ?? "").trim();
      if (line !== "") last = line.slice(0, lineCharactersMax);
      inner.info(message, fields);
    },
    child: (fields) => wrap(inner.child(fields)),
  });
  return { log: wrap(log), last: () => last };
}
