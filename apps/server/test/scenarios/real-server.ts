import { once } from "node:events";
import { silentLog } from "@bedplate/telemetry";
import { checkConfig, listen, openServer } from "../../src/index.ts";

// A server with Wasm and JavaScript in worker threads on the data folder that the command line
// names; closes when its standard input does.
const config = checkConfig({ data: `file:${process.argv[2]}` });
const server = await openServer(config, { slots: ["wasm", "javascript"], log: silentLog });
const listening = await listen(server, { host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ url: listening.url, key: server.adminKey })}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await listening[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();
process.exit(0);
