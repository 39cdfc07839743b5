/** Opens the queue that it is given, at the time that it is given, and works on it until it is killed. */
import { writeSync } from "node:fs";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { workUntilKilled } from "@bedplate/queue/conformance";
import { openPostgresQueue } from "../src/index.ts";
import { host } from "./postgres-harness.ts";

const [, , url = "", nowMs = ""] = process.argv;
const given = nowMs === "" ? {} : { clock: new VirtualClock(Number(nowMs)) };
const queue = new WorkQueue(await openPostgresQueue(url, host, given), given);
await workUntilKilled(queue, (line) => writeSync(1, `${line}\n`));
