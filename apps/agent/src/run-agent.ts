import {
  listen,
  openAgent,
  openLog,
  openTelemetry,
  type ServerConfig,
  serverVersion,
} from "@bedplate/server";

export interface RunAgentOptions {
  /** Ends the agent; its machines go on, and its next life has them again. */
  readonly signal: AbortSignal;
  /** Mount only these slots; default: all that are enabled. */
  readonly slots?: readonly string[] | undefined;
  /** Told when servers can reach it. */
  readonly onReady?: ((agent: { readonly url: string; readonly node: string }) => void) | undefined;
}

/** Keeps the machines of this host until the signal aborts. */
export async function runAgent(config: ServerConfig, options: RunAgentOptions): Promise<void> {
  const { signal, slots, onReady } = options;
  const log = openLog(config);
  await using telemetry = await openTelemetry(config.telemetry, { version: serverVersion });
  await using agent = await openAgent(config, { log, slots, telemetry });
  await using listening = await listen(agent, config.listen);
  const url = config.listen.url === "" ? listening.url : config.listen.url;
  await agent.announce(url);
  const { node } = agent;
  log.info("agent ready", { node, url });
  onReady?.({ url, node });
  await aborted(signal);
  log.info("agent stopping");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
