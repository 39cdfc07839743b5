/** Opens the file that it is given, at the time that it is given, and works on it until it is killed. */
import { writeSync } from "node:fs";
import { VirtualClock } from "@bedplate/clock";
import { WorkQueue } from "@bedplate/queue";
import { workUntilKilled } from "@bedplate/queue/conformance";
import { openSqliteQueue } from "../src/index.ts";

const [, , path = "", nowMs = "0"] = process.argv;
const clock = new VirtualClock(Number(nowMs));
const queue = new WorkQueue(await openSqliteQueue({ path, clock }), { clock });
await workUntilKilled(queue, (line) => writeSync(1, `${line}\n`));
