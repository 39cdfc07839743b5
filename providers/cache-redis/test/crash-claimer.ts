/** Claims a key in the cache that it is given, and holds it until it is killed. */
import { writeSync } from "node:fs";
import { CacheStore } from "@bedplate/cache";
import { claimUntilKilled } from "@bedplate/cache/conformance";
import { openRedisCache } from "../src/index.ts";
import { host } from "./redis-harness.ts";

const [, , url = ""] = process.argv;
await claimUntilKilled(new CacheStore(await openRedisCache(url, host)), (line) => {
  writeSync(1, `${line}\n`);
});
