import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { ServerConfig } from "./config.ts";

/** What a server measures and reports. */
export interface Telemetry extends AsyncDisposable {
  /** Prometheus text; undefined where metrics are off. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * Registers the process's OpenTelemetry providers: metrics for `/metrics`, and traces only where
 * somebody collects them, since following a context through every await costs time.
 */
export async function openTelemetry(
  config: ServerConfig["telemetry"],
  options: { readonly version: string; readonly spanProcessor?: SpanProcessor | undefined },
): Promise<Telemetry> {
  const resource = resourceFromAttributes({
    "service.name": "bedplate",
    "service.version": options.version,
  });
  const opened = new AsyncDisposableStack();
  const processor = options.spanProcessor ?? (await openExporter(config.otlpUrl));
  if (processor !== undefined) {
    const provider = new TracerProvider({ resource, spanProcessors: [processor] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    opened.defer(async () => {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    });
  }
  const read = config.metrics ? openMetrics(opened, resource) : undefined;
  return { metrics: read, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function openMetrics(
  opened: AsyncDisposableStack,
  resource: ReturnType<typeof resourceFromAttributes>,
): () => Promise<string> {
  const reader = new PullReader();
  const provider = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  opened.defer(async () => {
    await provider.shutdown();
    metrics.disable();
  });
  const serializer = new PrometheusSerializer();
  return async () => serializer.serialize((await reader.collect()).resourceMetrics);
}

/** Loaded only where it is used: the exporter brings a lot with it. */
async function openExporter(url: string): Promise<SpanProcessor | undefined> {
  if (url === "") return undefined;
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) });
}
