import { startRedis } from "../../src/index.ts";

// Killed by the test that runs it, while it owns an engine.
const engine = await startRedis();
process.stdout.write(`${engine.port}\n`);
setInterval(() => {}, 1_000);
