import { silentLog } from "@bedplate/telemetry";
import { checkConfig, listen, openServer } from "../../src/index.ts";

// A server with the fake environment on the data folder that the command line names; says where it
// listens and with which key, and goes on until it is killed.
const config = checkConfig({
  data: `file:${process.argv[2]}`,
  environments: { fake: { isEnabled: true } },
});
const server = await openServer(config, { slots: ["fake"], log: silentLog });
const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ url, key: server.adminKey })}\n`);
