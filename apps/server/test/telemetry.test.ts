import { encodeScript } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { silentLog } from "@bedplate/telemetry";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { checkConfig, openServer, openTelemetry } from "../src/index.ts";

test("a run's trace links request, policy, compile, execute and commit; /metrics counts it", async () => {
  const exporter = new InMemorySpanExporter();
  const config = checkConfig({ data: "memory:", environments: { fake: { isEnabled: true } } });
  await using telemetry = await openTelemetry(config.telemetry, {
    version: "0.0.0",
    spanProcessor: new SimpleSpanProcessor({ exporter }),
  });
  await using server = await openServer(config, { slots: ["fake"], log: silentLog, telemetry });
  const fetch = (request: Request) => server.fetch(request);
  const client = new Bedplate({ url: "http://test", key: server.adminKey, fetch });
  exporter.reset();
  const artifact = encodeScript({ steps: [{ do: "say", text: "secret-of-the-guest" }] });
  await client.runs.submit({ slot: "fake", artifact, wait: true });

  const spans = exporter.getFinishedSpans();
  const named = (name: string) => spans.find((each) => each.name === name);
  const request = named("http.runs.submit");
  const traceId = request?.spanContext().traceId;
  for (const name of [
    "run.policy",
    "environment.admit",
    "run.execute",
    "environment.create",
    "state.commit",
  ]) {
    expect([name, named(name)?.spanContext().traceId]).toEqual([name, traceId]);
  }
  expect(named("run.policy")?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(JSON.stringify(spans.map((each) => each.attributes))).not.toContain("secret-of-the-guest");

  const metrics = await (await server.fetch(new Request("http://test/metrics"))).text();
  expect(metrics).toMatch(/bedplate_runs_total\{[^}]*slot="fake"[^}]*\} 1/);
  expect(metrics).toMatch(/bedplate_http_requests_total\{[^}]*route="runs.submit"/);
});
