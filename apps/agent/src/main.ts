import { readConfig } from "@bedplate/server";
import { runAgent } from "./run-agent.ts";

// The agent without the command line: `node main.ts FILE`; SIGINT or SIGTERM ends it.
const ending = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort(name));
const config = readConfig({ file: process.argv[2], variables: process.env });
await runAgent(config, { signal: ending.signal });
