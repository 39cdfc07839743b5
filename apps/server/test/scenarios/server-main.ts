import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { silentLog } from "@bedplate/telemetry";
import { checkConfig, listen, openServer } from "../../src/index.ts";

// A server with the configuration and the slots that the command line gives as JSON (default: the fake
// environment); says where it listens and with which key, and goes on until it is told to end, or killed.
const config = checkConfig({
  environments: { fake: { isEnabled: true } },
  ...(JSON.parse(process.argv[2] ?? "{}") as object),
});
const slots = JSON.parse(process.argv[3] ?? '["fake"]') as readonly string[];
const server = await openServer(config, { slots, log: silentLog });
const listening = await listen(server, { host: "127.0.0.1", port: config.listen.port });
const { url } = listening;
await server.announce(url);
process.stdout.write(`${JSON.stringify({ url, key: server.adminKey })}\n`);
// A process that is killed keeps nothing for the next one by itself.
flushCompileCache();
await once(process, "SIGTERM");
await listening[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();
process.exit(0);
