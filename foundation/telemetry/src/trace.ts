import { context, isSpanContextValid, type Span, SpanStatusCode, trace } from "@opentelemetry/api";

/** Attributes of a span: names from the one scheme `bedplate.<noun>.<fact>`; never guest bytes. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>;

/** A span that has ended, as a watcher in this process sees it. */
export interface EndedSpan {
  readonly name: string;
  readonly fields: SpanFields;
  /** The fault's code; empty for another error, absent when it went well. */
  readonly errorCode?: string | undefined;
}

const watchers = new Set<(span: EndedSpan) => void>();

/** Tells `watch` of every span that ends in this process, until it is disposed. */
export function watchSpans(watch: (span: EndedSpan) => void): Disposable {
  watchers.add(watch);
  return { [Symbol.dispose]: () => void watchers.delete(watch) };
}

/** Runs `work` inside a span named `contract.verb`; an error marks the span and passes through. */
export async function withSpan<T>(
  name: string,
  fields: SpanFields,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer("bedplate").startSpan(name, { attributes: fields });
  let errorCode: string | undefined;
  try {
    // Where nobody collects, there is no context to follow, and following one costs time.
    if (!isSpanContextValid(span.spanContext())) return await work(span);
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    errorCode = typeof code === "string" ? code : "";
    span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
    throw error;
  } finally {
    span.end();
    for (const watch of watchers) watch({ name, fields, errorCode });
  }
}

/** The W3C `traceparent` of the active span; empty when none is recorded. */
export function currentTraceparent(): string {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined) return "";
  const flags = active.traceFlags.toString(16).padStart(2, "0");
  return `00-${active.traceId}-${active.spanId}-${flags}`;
}
