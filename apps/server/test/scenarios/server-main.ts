import { once } from "node:events";
import { silentLog } from "@bedplate/telemetry";
import { checkConfig, listen, openServer } from "../../src/index.ts";

// A server with the fake environment and the configuration that the command line gives as JSON; says
// where it listens and with which key, and goes on until it is told to end, or killed.
const config = checkConfig({
  environments: { fake: { isEnabled: true } },
  ...(JSON.parse(process.argv[2] ?? "{}") as object),
});
const server = await openServer(config, { slots: ["fake"], log: silentLog });
const listening = await listen(server, { host: "127.0.0.1", port: config.listen.port });
const { url } = listening;
await server.announce(url);
process.stdout.write(`${JSON.stringify({ url, key: server.adminKey })}\n`);
await once(process, "SIGTERM");
await listening[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();
process.exit(0);
