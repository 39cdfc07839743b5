export {
  createLog,
  type Log,
  type LogFields,
  type LogLevel,
  type LogOptions,
  silentLog,
} from "./log.ts";
export { count, recordSeconds, resetInstruments } from "./metrics.ts";
export {
  currentTraceparent,
  type EndedSpan,
  type SpanFields,
  watchSpans,
  withSpan,
} from "./trace.ts";
