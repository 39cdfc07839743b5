import { Bedplate } from "@bedplate/sdk";
import { type ReadyProcess, startMain } from "./child-process.ts";

/** A server in a process of its own. */
export interface ServerProcess extends Omit<ReadyProcess<unknown>, "said"> {
  readonly url: string;
  readonly key: string;
  readonly client: Bedplate;
}

/** Starts a server with a configuration, and waits until it listens. */
export async function startServer(
  config: object,
  options: { readonly slots?: readonly string[] | undefined } = {},
): Promise<ServerProcess> {
  const { slots = ["fake"] } = options;
  const { said, ...ends } = await startMain<{ readonly url: string; readonly key: string }>(
    "server-main.ts",
    { config, slots },
  );
  const { url, key } = said;
  return { url, key, client: new Bedplate({ url, key, retriesMax: 0 }), ...ends };
}

/** An agent in a process of its own. */
export interface AgentProcess extends Omit<ReadyProcess<unknown>, "said"> {
  readonly node: string;
}

/** Starts an agent with a configuration, and waits until servers can reach it. */
export async function startAgent(
  config: object,
  options: { readonly slots: readonly string[]; readonly namespace?: string | undefined },
): Promise<AgentProcess> {
  const { said, ...ends } = await startMain<{ readonly node: string }>("agent-main.ts", {
    config,
    ...options,
  });
  return { node: said.node, ...ends };
}
