import { context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";

/** Attributes of a span: names from the one scheme `bedplate.<noun>.<fact>`; never guest bytes. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>;

/** Runs `work` inside a span named `contract.verb`; an error marks the span and passes through. */
export async function withSpan<T>(
  name: string,
  fields: SpanFields,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer("bedplate").startSpan(name, { attributes: fields });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    span.setStatus({ code: SpanStatusCode.ERROR, message: typeof code === "string" ? code : "" });
    throw error;
  } finally {
    span.end();
  }
}

/** The W3C `traceparent` of the active span; empty when none is recorded. */
export function currentTraceparent(): string {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined) return "";
  const flags = active.traceFlags.toString(16).padStart(2, "0");
  return `00-${active.traceId}-${active.spanId}-${flags}`;
}
