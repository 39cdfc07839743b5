import { once } from "node:events";
import { silentLog } from "@bedplate/telemetry";
import { checkConfig, listen, openAgent } from "../../src/index.ts";

// An agent with the configuration and the slots that the command line gives as JSON; says where it
// listens, and goes on until it is told to end, or killed.
const config = checkConfig(JSON.parse(process.argv[2] ?? "{}"));
const slots = JSON.parse(process.argv[3] ?? "[]") as readonly string[];
const agent = await openAgent(config, { slots, log: silentLog });
const listening = await listen(agent, config.listen);
const { url } = listening;
await agent.announce(url);
process.stdout.write(`${JSON.stringify({ url, node: agent.node })}\n`);
await once(process, "SIGTERM");
await listening[Symbol.asyncDispose]();
await agent[Symbol.asyncDispose]();
process.exit(0);
