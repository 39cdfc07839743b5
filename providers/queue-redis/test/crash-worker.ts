/** Works on the queues that it is given until it is killed. */
import { writeSync } from "node:fs";
import { workUntilKilled } from "@bedplate/queue/conformance";
import { openAt } from "./open-at.ts";

const [, , url = "", nowMs = ""] = process.argv;
await workUntilKilled(await openAt(url, nowMs), (line) => writeSync(1, `${line}\n`));
